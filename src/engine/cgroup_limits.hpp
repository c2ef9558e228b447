// What the control groups that this process is in, of version 1 or 2, let it use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weightsieve {

/// The tightest limits of its group and of those above it; nothing where there is none.
struct CgroupLimits {
  std::optional<double> cpus;
  std::optional<std::uint64_t> memory_bytes;
};

/// `root` stands for "/", where /proc and /sys are. What cannot be read limits nothing.
CgroupLimits cgroup_limits(const std::string& root = "");

/// How many of so many CPUs are worth a thread: a quota is rounded up, and each thread's memory must fit. At
/// least 1.
unsigned threads_within(unsigned cpus, const CgroupLimits& limits);

}  // namespace weightsieve
