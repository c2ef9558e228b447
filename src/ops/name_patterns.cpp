#include "ops/name_patterns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

using Patterns = std::vector<std::unique_ptr<re2::RE2>>;

Patterns compile(const std::vector<std::string>& patterns) {
  RE2::Options options;
  options.set_log_errors(false);
  Patterns compiled;
  for (const std::string& pattern : patterns) {
    compiled.push_back(std::make_unique<RE2>(pattern, options));
    if (compiled.back()->ok()) continue;
    throw Error(ErrorCode::usage, fmt::format("pattern \"{}\": {}", pattern, compiled.back()->error()));
  }
  return compiled;
}

bool any_matches(const Patterns& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [name](const auto& pattern) {
    return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *pattern);
  });
}

}  // namespace

NamePatterns::NamePatterns(const NameFilter& filter)
    : include_(compile(filter.include)), exclude_(compile(filter.exclude)) {}

NamePatterns::~NamePatterns() = default;

bool NamePatterns::keep(std::string_view name) const {
  if (!include_.empty() && !any_matches(include_, name)) return false;
  return !any_matches(exclude_, name);
}

void require_match(const NameFilter& filter, std::size_t kept, const std::string& path) {
  if (kept > 0 || (filter.include.empty() && filter.exclude.empty())) return;
  const std::string asked =
      filter.include.empty()
          ? fmt::format("every tensor's name matches --exclude {}", fmt::join(filter.exclude, ", "))
          : fmt::format("no tensor's name matches --include {}{}", fmt::join(filter.include, ", "),
                        filter.exclude.empty()
                            ? ""
                            : fmt::format(" and not --exclude {}", fmt::join(filter.exclude, ", ")));
  throw Error(ErrorCode::usage, fmt::format("{}; {}", asked, how_to_list_names(path)), {.file = path});
}

std::string how_to_list_names(const std::string& path) {
  return fmt::format("'weightsieve inspect --all {}' lists the names", path);
}

}  // namespace weightsieve
