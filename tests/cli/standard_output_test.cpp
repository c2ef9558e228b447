// What a signal does to a result that is being written to stdout.
#include "cli/standard_output.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "cli/process.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::cli;

namespace {

constexpr int kWritten = 10, kCancelled = 11;

/// Exit status of a process that has a signal behind it and writes so many bytes to a pipe that nobody reads.
int status_after_signal(std::size_t bytes) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    prepare_process();
    std::raise(SIGTERM);
    try {
      StandardOutput out;
      out.write(std::string(bytes, 'x'));
      out.flush();
      ::_exit(kWritten);
    } catch (const Error& error) {
      ::_exit(error.code() == ErrorCode::cancelled ? kCancelled : 1);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ::close(ends[0]);
  ::close(ends[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a signal that comes when all is done keeps no result from a reader who takes it") {
  CHECK(status_after_signal(1000) == kWritten);
}

TEST_CASE("a signal ends the waiting for a reader who does not") {
  CHECK(status_after_signal(1 << 20) == kCancelled);
}
