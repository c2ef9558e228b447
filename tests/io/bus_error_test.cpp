// SIGBUS and who handles it. A program of its own, because the handler is installed once in a process. What
// handled it before is set explicitly: sanitizers bring a handler of their own.

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "io/support.hpp"
#include "io/temp_folder.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {
namespace {

volatile char sink;

// Installs our handler, as a first mapped view does.
void map_something(const TempFolder& folder) {
  const auto source = open_source(folder.write("mapped", "x"), IoMode::mmap);
  sink = text(source->cursor()->view(0, 1)).front();
}

// A page beyond the end of a file that is none of ours.
const volatile char* missing_page(const TempFolder& folder) {
  const std::string path = folder.write("foreign", "");
  std::FILE* file = std::fopen(path.c_str(), "r");
  return static_cast<const volatile char*>(::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, ::fileno(file), 0));
}

void end_with_42(int) { ::_exit(42); }

const siginfo_t* seen;
void end_with_address(int, siginfo_t* info, void* context) {
  seen = info;
  ::_exit(info->si_addr != nullptr && context != nullptr ? 43 : 1);
}

TEST_CASE("a bus error that is not ours ends the process, as it would without us") {
  const TempFolder folder;
  REQUIRE(in_child([&] {
            ::signal(SIGBUS, SIG_DFL);
            map_something(folder);
            sink = *missing_page(folder);
            return 0;
          }) == 128 + SIGBUS);
  REQUIRE(in_child([&] {
            ::signal(SIGBUS, SIG_DFL);
            map_something(folder);
            ::raise(SIGBUS);
            return 0;
          }) == 128 + SIGBUS);
  REQUIRE(in_child([&] {
            ::signal(SIGBUS, SIG_IGN);
            map_something(folder);
            sink = *missing_page(folder);
            return 0;
          }) == 128 + SIGBUS);
}

TEST_CASE("a bus error that was sent is ignored where it was ignored before, and ours are still handled") {
  const TempFolder folder;
  REQUIRE(in_child([&] {
            ::signal(SIGBUS, SIG_IGN);
            const std::string path = folder.write("short", std::string(100'000, 'x'));
            const auto source = open_source(path, IoMode::mmap);
            const auto cursor = source->cursor();
            const Bytes view = cursor->view(0, 100'000);
            ::raise(SIGBUS);
            if (::truncate(path.c_str(), 0) != 0) return 1;
            return view[99'999] == std::byte{0} ? 7 : 2;
          }) == 7);
}

TEST_CASE("a bus error that is not ours goes to the handler that was there before") {
  const TempFolder folder;
  REQUIRE(in_child([&] {
            ::signal(SIGBUS, end_with_42);
            map_something(folder);
            sink = *missing_page(folder);
            return 0;
          }) == 42);
  REQUIRE(in_child([&] {
            struct sigaction action {};
            action.sa_sigaction = end_with_address;
            action.sa_flags = SA_SIGINFO;
            ::sigaction(SIGBUS, &action, nullptr);
            map_something(folder);
            sink = *missing_page(folder);
            return 0;
          }) == 43);
}

TEST_CASE("a bus error that is ours is handled on an alternate stack too, and leaves errno alone") {
  const TempFolder folder;
  REQUIRE(in_child([&] {
            static char stack[65536];
            const stack_t alternate{stack, 0, sizeof stack};
            ::sigaltstack(&alternate, nullptr);
            const std::string path = folder.write("short", std::string(100'000, 'x'));
            const auto source = open_source(path, IoMode::mmap);
            const auto cursor = source->cursor();
            const Bytes view = cursor->view(0, 100'000);
            if (::truncate(path.c_str(), 0) != 0) return 1;
            errno = 1234;
            const bool is_zero = view[99'999] == std::byte{0};
            if (errno != 1234 || !is_zero) return 2;
            return throws(ErrorCode::changed, [&] { source->check_unchanged(); }) ? 0 : 3;
          }) == 0);
}

TEST_CASE("a page that is gone after its source was closed is nobody's business any more") {
  const TempFolder folder;
  REQUIRE(in_child([&] {
            ::signal(SIGBUS, SIG_DFL);
            const std::string path = folder.write("short", std::string(100'000, 'x'));
            for (int i = 0; i < 10'000; ++i) {  // more than there are slots
              const auto source = open_source(path, IoMode::mmap);
              sink = text(source->cursor()->view(0, 1)).front();
            }
            sink = *missing_page(folder);
            return 0;
          }) == 128 + SIGBUS);
}

}  // namespace
}  // namespace weightsieve
