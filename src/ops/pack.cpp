#include "weightsieve/ops/pack.hpp"

#include <algorithm>

#include "ops/manifest_check.hpp"
#include "ops/open_alike.hpp"
#include "ops/write_checkpoint.hpp"
#include "weightsieve/engine/crew.hpp"

namespace weightsieve {

WriteResult pack_checkpoint(const std::string& path, const std::string& folder, const WriteOptions& options,
                            const RunControl& control) {
  const auto input = open_input_alike(path, control);
  WriteTask task{input->checkpoint, input->files, path, folder, "pack"};
  task.verb = "pack";
  return write_checkpoint(task, options, control);
}

WriteResult unpack_checkpoint(const std::string& path, const std::string& folder,
                              const UnpackOptions& options, const RunControl& control) {
  const auto input = open_input_alike(path, control);
  if (std::ranges::all_of(input->checkpoint.files, &std::string::empty, &CheckpointFile::encoding))
    throw Error(ErrorCode::usage, "is not encoded; there is nothing to unpack", {.file = path});
  on_first(control.team, [&] {
    require_listed_shards(path, input->checkpoint, control);
    return std::vector<std::byte>();
  });
  WriteTask task{input->checkpoint, input->files, path, folder, "unpack", false, options.hashes};
  task.verb = "unpack";
  return write_checkpoint(task, {.encoding = Encoding::dense, .existing = options.existing}, control);
}

}  // namespace weightsieve
