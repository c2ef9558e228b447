#include <sched.h>

#include <algorithm>

#include "engine/cgroup_limits.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

// What a run may take at most, of which whoever gave it less memory has to be spared: see README.
constexpr std::uint64_t kBytesOfRun = std::uint64_t{64} << 20;
constexpr std::uint64_t kBytesOfThread = std::uint64_t{24} << 20;

unsigned affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

unsigned at_least_one(double threads) { return static_cast<unsigned>(std::clamp(threads, 1.0, 1e6)); }

}  // namespace

unsigned threads_within(unsigned cpus, const CgroupLimits& limits) {
  unsigned threads = cpus;
  if (limits.cpus) threads = std::min(threads, at_least_one(*limits.cpus + 0.999));
  if (limits.memory_bytes) {
    const std::uint64_t left = *limits.memory_bytes - std::min(*limits.memory_bytes, kBytesOfRun);
    threads = std::min(threads, at_least_one(static_cast<double>(left / kBytesOfThread)));
  }
  return threads;
}

unsigned available_threads() { return threads_within(affinity(), cgroup_limits()); }

}  // namespace weightsieve
