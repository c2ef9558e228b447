#include "weightsieve/io/source.hpp"

#include "io/file_kind.hpp"
#include "io/input_file.hpp"
#include "io/mapped_source.hpp"
#include "io/pread_source.hpp"

namespace weightsieve {

std::shared_ptr<const Source> open_source(const std::string& path, IoMode mode) {
  io::InputFile file = io::open_input(path);
  // Over a network a mapped read stalls without an error, or ends in SIGBUS when the server is gone.
  const bool copies =
      mode == IoMode::pread || (mode == IoMode::automatic && io::is_remote(file.descriptor.number()));
  if (copies) return std::make_shared<io::PreadSource>(std::move(file));
  const auto on_failure = mode == IoMode::mmap ? io::MapFailure::fail : io::MapFailure::read_instead;
  return std::make_shared<io::MappedSource>(std::move(file), on_failure);
}

}  // namespace weightsieve
