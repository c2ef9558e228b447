#include "weightsieve/io/output_file.hpp"

#include <algorithm>
#include <vector>

#include "io/temporary_file.hpp"
#include "weightsieve/base/as_text.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

}  // namespace

// Everything goes through the buffer, however long: bytes of a mapped input that vanished are then touched
// here, where that is noticed, and not in the system call, where it would look like a failure of the output.
struct OutputFile::State {
  State(std::string target, Overwrite overwrite) : file(std::move(target), overwrite) {
    buffer.reserve(kBufferBytes);
  }

  void append(std::string_view text) {
    while (!text.empty()) {
      const std::size_t count = std::min(text.size(), kBufferBytes - buffer.size());
      buffer.append(text.substr(0, count));
      text.remove_prefix(count);
      if (buffer.size() == kBufferBytes) flush();
    }
  }

  void flush() {
    file.write(buffer);
    buffer.clear();
  }

  io::TemporaryFile file;
  std::string buffer;
};

OutputFile::OutputFile(std::string target, Overwrite overwrite)
    : state_(std::make_unique<State>(std::move(target), overwrite)) {}
OutputFile::~OutputFile() = default;
OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile& OutputFile::operator=(OutputFile&&) noexcept = default;

void OutputFile::write(std::string_view text) { state_->append(text); }

void OutputFile::write(Bytes bytes) { state_->append(as_text(bytes)); }

void OutputFile::require_free_target() const { state_->file.require_free_target(); }

void OutputFile::commit() {
  state_->flush();
  state_->file.publish();
}

const std::string& OutputFile::target() const noexcept { return state_->file.target(); }

}  // namespace weightsieve
