#include "cli/process.hpp"

#include <fcntl.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <unistd.h>

#include <cerrno>
#include <cfenv>
#include <csignal>

#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

CancelToken token;
std::atomic<int> signal_number{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void stop_on_signal(int number) {
  int none = 0;
  signal_number.compare_exchange_strong(none, number);
  token.cancel();
}

bool is_closed(int descriptor) noexcept { return ::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF; }

/// A closed stdout is opened for reading only, so that a result written to it still fails.
void fill_standard_descriptors() noexcept {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (is_closed(descriptor)) ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

void ignore(int number) noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  ::sigaction(number, &action, nullptr);
}

// Without SA_RESTART: a write() that waits for a slow reader of stdout must end too.
void stop_on(int number) noexcept {
  struct sigaction action {};
  if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = stop_on_signal;
  ::sigaction(number, &action, nullptr);
}

}  // namespace

void prepare_process() {
  fill_standard_descriptors();
  std::fesetenv(FE_DFL_ENV);
  for (const int number : {SIGPIPE, SIGXFSZ})
    ignore(number);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU})
    stop_on(number);
}

void keep_freed_memory() noexcept {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_THRESHOLD, 16 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

void give_back_freed_memory() noexcept {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
}

const CancelToken& stop_token() noexcept { return token; }

int stop_signal() noexcept { return signal_number.load(); }

void stop_if_asked() {
  if (token.cancelled()) throw Error(ErrorCode::cancelled, "stopped by a signal");
}

}  // namespace weightsieve::cli
