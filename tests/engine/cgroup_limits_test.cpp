#include "engine/cgroup_limits.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

#include "io/temp_folder.hpp"

using namespace weightsieve;

namespace {

void put(const TempFolder& root, const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(root / path).parent_path());
  root.write(path, text);
}

CgroupLimits limits_of(const TempFolder& root) { return cgroup_limits(root / "."); }

}  // namespace

TEST_CASE("version 2: the tightest limit of a group and of those above it counts") {
  const TempFolder root;
  put(root, "proc/self/cgroup", "0::/slurm/job/step\n");
  CHECK_FALSE(limits_of(root).cpus);
  put(root, "sys/fs/cgroup/slurm/job/cpu.max", "250000 100000\n");
  put(root, "sys/fs/cgroup/slurm/cpu.max", "max 100000\n");
  put(root, "sys/fs/cgroup/slurm/job/step/memory.max", "max\n");
  put(root, "sys/fs/cgroup/slurm/memory.max", "536870912\n");
  CHECK(limits_of(root).cpus == 2.5);
  CHECK(limits_of(root).memory_bytes == 536870912);
  put(root, "sys/fs/cgroup/slurm/job/step/memory.max", "134217728\n");
  CHECK(limits_of(root).memory_bytes == 134217728);
}

TEST_CASE("version 1: each controller has a hierarchy of its own") {
  const TempFolder root;
  put(root, "proc/self/cgroup", "9:memory:/m\n5:cpu,cpuacct:/c/d\n0::/unified\n");
  put(root, "sys/fs/cgroup/cpu/c/d/cpu.cfs_quota_us", "-1\n");
  put(root, "sys/fs/cgroup/cpu/c/d/cpu.cfs_period_us", "100000\n");
  put(root, "sys/fs/cgroup/memory/m/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK_FALSE(limits_of(root).cpus);
  put(root, "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "150000\n");
  put(root, "sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n");
  CHECK(limits_of(root).cpus == 1.5);
  put(root, "sys/fs/cgroup/memory/m/memory.limit_in_bytes", "200000000\n");
  CHECK(limits_of(root).memory_bytes == 200000000);
}

TEST_CASE("threads fit the quota, rounded up, and the memory") {
  const std::uint64_t mib = std::uint64_t{1} << 20;
  CHECK(threads_within(16, {}) == 16);
  CHECK(threads_within(16, {2.5, std::nullopt}) == 3);
  CHECK(threads_within(2, {8.0, std::nullopt}) == 2);
  CHECK(threads_within(16, {0.1, std::nullopt}) == 1);
  CHECK(threads_within(16, {std::nullopt, (64 + 4 * 24) * mib}) == 4);
  CHECK(threads_within(16, {std::nullopt, 10 * mib}) == 1);
  CHECK(threads_within(16, {std::nullopt, UINT64_MAX}) == 16);
}
