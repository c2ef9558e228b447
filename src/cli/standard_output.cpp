#include "cli/standard_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/outputs.hpp"
#include "cli/process.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    const int reason = errno;
    stop_if_asked();
    if (reason == EINTR) continue;
    if (reason == EPIPE) throw ClosedPipe{};
    throw Error(ErrorCode::unwritable, fmt::format("stdout: {}", std::strerror(reason)));
  }
}

}  // namespace

void StandardOutput::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= kPieceBytes) flush();
}

void StandardOutput::flush() {
  write_all(pending_);
  pending_.clear();
}

}  // namespace weightsieve::cli
