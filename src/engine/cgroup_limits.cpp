#include "engine/cgroup_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

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
std::string group_folder(const std::string& root, std::string_view controller) {
  std::ifstream file(root + "/proc/self/cgroup");
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

/// The least that `limit` gives of a folder and of those above it.
template <class Limit>
auto tightest(std::string folder, Limit limit) {
  decltype(limit(folder)) least;
  for (;;) {
    if (const auto one = limit(folder)) least = std::min(least.value_or(*one), *one);
    const auto slash = folder.rfind('/');
    if (slash == std::string::npos || folder.empty() || folder == "/") return least;
    folder.resize(slash);
  }
}

/// "50000 100000", or "max 100000".
std::optional<double> cpus_v2(const std::string& folder) {
  const std::string line = first_line(folder + "/cpu.max");
  const auto space = line.find(' ');
  if (space == std::string::npos) return std::nullopt;
  const auto quota = number(std::string_view(line).substr(0, space));
  const auto period = number(std::string_view(line).substr(space + 1));
  return quota && period ? std::optional(*quota / *period) : std::nullopt;
}

std::optional<double> cpus_v1(const std::string& folder) {
  const auto quota = number(first_line(folder + "/cpu.cfs_quota_us"));
  const auto period = number(first_line(folder + "/cpu.cfs_period_us"));
  return quota && period ? std::optional(*quota / *period) : std::nullopt;
}

/// Version 1 says 2^63 less a page where there is no limit, which limits nothing either.
std::optional<std::uint64_t> bytes_in(const std::string& path) {
  const std::string line = first_line(path);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

template <class Value>
void keep_least(std::optional<Value>& least, const std::optional<Value>& other) {
  if (other) least = std::min(least.value_or(*other), *other);
}

}  // namespace

CgroupLimits cgroup_limits(const std::string& root) {
  const std::string base = root + "/sys/fs/cgroup";
  const std::string unified = group_folder(root, "");
  CgroupLimits limits;
  limits.cpus = tightest(unified, [&](const std::string& folder) { return cpus_v2(base + folder); });
  keep_least(limits.cpus, tightest(group_folder(root, "cpu"), [&](const std::string& folder) {
               return cpus_v1(base + "/cpu" + folder);
             }));
  limits.memory_bytes =
      tightest(unified, [&](const std::string& folder) { return bytes_in(base + folder + "/memory.max"); });
  keep_least(limits.memory_bytes, tightest(group_folder(root, "memory"), [&](const std::string& folder) {
               return bytes_in(base + "/memory" + folder + "/memory.limit_in_bytes");
             }));
  return limits;
}

}  // namespace weightsieve
