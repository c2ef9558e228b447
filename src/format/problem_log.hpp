// The warnings met while a checkpoint is opened. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/error.hpp"
#include "weightsieve/format/rules.hpp"

namespace weightsieve::format {

/// A name from a file as messages quote it: escaped, and cut when it is long.
std::string in_quotes(std::string_view name);

class ProblemLog {
 public:
  explicit ProblemLog(bool strict) noexcept : strict_(strict) {}

  /// Notes what was found against `rule`; strict: throws it as Error{malformed} instead. A rule is noted once
  /// a file, where it was met first: a header can hold a million oddities, the list stays short.
  void warn(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
            const std::string& message);

  bool strict() const noexcept { return strict_; }

  /// The problems, each saying how often more it was met.
  std::vector<Problem> take();

 private:
  struct Noted {
    Problem problem;
    std::uint64_t more = 0;
  };

  bool strict_;
  std::vector<Noted> noted_;
};

/// Throws Error{malformed} by `rule`.
[[noreturn]] void reject(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
                         const std::string& message, std::string_view tensor = {});

}  // namespace weightsieve::format
