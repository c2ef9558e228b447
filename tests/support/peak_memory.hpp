// How much memory a piece of work takes, measured in a process of its own.
#pragma once

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

namespace weightsieve::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryIsMeasurable = false;  // the sanitizer's own would be measured
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kMemoryIsMeasurable = false;
#else
inline constexpr bool kMemoryIsMeasurable = true;
#endif
#else
inline constexpr bool kMemoryIsMeasurable = true;
#endif

/// A line of /proc/self/status in bytes: "VmRSS" (resident now), "VmHWM" (at most so far).
inline std::uint64_t memory_status(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == key + ":" && status >> kib) return kib * 1024;
  }
  throw std::runtime_error("no " + key);
}

/// Runs `work` in a child and returns by how many bytes its resident memory grew at most, mapped pages
/// counted. Throws when it ends by an exception or a signal.
template <class Work>
std::uint64_t peak_growth(const Work& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  ::malloc_trim(0);  // the child's peak begins with what this process has
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    int status = 1;
    try {
      const std::uint64_t before = memory_status("VmRSS");
      work();
      const std::uint64_t growth = memory_status("VmHWM") - before;
      status = ::write(ends[1], &growth, sizeof(growth)) == sizeof(growth) ? 0 : 1;
    } catch (...) {
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  std::uint64_t growth = 0;
  const bool answered = ::read(ends[0], &growth, sizeof(growth)) == sizeof(growth);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!answered || status != 0) throw std::runtime_error("the child failed");
  return growth;
}

}  // namespace weightsieve::test
