#include "cli/standard_output.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "cli/outputs.hpp"
#include "cli/process.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::size_t kGatherBytes = std::size_t{64} << 10;
constexpr int kPollMilliseconds = 200;

/// Returns when at least PIPE_BUF bytes can be written without waiting, or when writing them would fail. A
/// signal ends the waiting only: what is done is said, or a run that wrote all of its files would look
/// stopped.
void wait_for_reader() {
  pollfd reader{STDOUT_FILENO, POLLOUT, 0};
  while (::poll(&reader, 1, kPollMilliseconds) <= 0)
    stop_if_asked();
}

// A write() that waits for a slow reader may miss the signal that should end it; waiting is left to poll().
void write_all(std::string_view text) {
  while (!text.empty()) {
    wait_for_reader();
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EPIPE) throw ClosedPipe{};
    if (errno != EINTR && errno != EAGAIN)
      throw Error(ErrorCode::unwritable, fmt::format("stdout: {}", std::strerror(errno)));
  }
}

}  // namespace

void StandardOutput::write(std::string_view text) {
  pending_ += text;
  if (pending_.size() >= kGatherBytes) flush();
}

void StandardOutput::flush() {
  write_all(pending_);
  pending_.clear();
}

}  // namespace weightsieve::cli
