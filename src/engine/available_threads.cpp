#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value <= 0) return std::nullopt;
  return value;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// This process's folder below a cgroup hierarchy: the third field of the line of /proc/self/cgroup whose
/// second field (the controllers; empty for version 2) names `controller`.
std::string group_folder(std::string_view controller) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    if (controllers.find(fmt::format(",{},", controller)) != std::string::npos)
      return line.substr(second + 1);
  }
  return "/";
}

/// CPUs that a quota allows at `folder` and above it; the tightest limit counts.
template <class Quota>
std::optional<double> tightest(std::string folder, Quota quota) {
  std::optional<double> least;
  for (;;) {
    if (const auto cpus = quota(folder)) least = std::min(least.value_or(*cpus), *cpus);
    const auto slash = folder.rfind('/');
    if (slash == std::string::npos || folder.empty() || folder == "/") return least;
    folder.resize(slash);
  }
}

std::optional<double> quota_v2(const std::string& folder) {
  const std::string line = first_line("/sys/fs/cgroup" + folder + "/cpu.max");
  const auto space = line.find(' ');
  if (space == std::string::npos) return std::nullopt;
  const auto quota = number(std::string_view(line).substr(0, space));
  const auto period = number(std::string_view(line).substr(space + 1));
  return quota && period ? std::optional(*quota / *period) : std::nullopt;
}

std::optional<double> quota_v1(const std::string& folder) {
  const std::string base = "/sys/fs/cgroup/cpu" + folder;
  const auto quota = number(first_line(base + "/cpu.cfs_quota_us"));
  const auto period = number(first_line(base + "/cpu.cfs_period_us"));
  return quota && period ? std::optional(*quota / *period) : std::nullopt;
}

unsigned affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace

unsigned available_threads() {
  unsigned threads = affinity();
  for (const auto& quota : {tightest(group_folder(""), quota_v2), tightest(group_folder("cpu"), quota_v1)}) {
    if (!quota) continue;
    const auto allowed = static_cast<unsigned>(std::min(*quota + 0.999, 1e6));
    threads = std::min(threads, std::max(allowed, 1u));
  }
  return threads;
}

}  // namespace weightsieve
