// The warnings met while a checkpoint is opened, and what else is worth a look. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

  /// Notes a fact that is no reason to refuse or warn, but that whoever distrusts the file wants to know:
  /// each one, up to kMostObserved by one rule in one file. Never throws by `rule`.
  void observe(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
               const std::string& message);
  static constexpr std::size_t kMostObserved = 100;

  /// From now on offsets count from there in the file: what is read lies in a part of it.
  void set_origin(std::uint64_t offset_bytes) noexcept { origin_ = offset_bytes; }

  bool strict() const noexcept { return strict_; }

  /// The problems, each saying how often more it was met.
  std::vector<Problem> take();
  /// The observations; the last by a rule in a file says how many more there were.
  std::vector<Problem> take_observations();

 private:
  struct Noted {
    Problem problem;
    std::uint64_t more = 0;
  };

  Problem problem(const Rule& rule, const std::string& file, std::optional<std::uint64_t> offset_bytes,
                  const std::string& message) const;
  static std::vector<Problem> taken(std::vector<Noted>& noted);

  struct Observed {
    std::size_t count = 0;
    std::size_t last = 0;  ///< index of the last that is kept
  };

  bool strict_;
  std::uint64_t origin_ = 0;
  std::vector<Noted> noted_;
  std::vector<Noted> observations_;
  std::map<std::pair<std::string_view, std::string>, Observed> observed_;  ///< by rule and file
};

/// Throws Error{malformed} by `rule`.
[[noreturn]] void reject(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
                         const std::string& message, std::string_view tensor = {});

}  // namespace weightsieve::format
