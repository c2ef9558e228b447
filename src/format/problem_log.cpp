#include "format/problem_log.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "weightsieve/base/text.hpp"

namespace weightsieve::format {

std::string in_quotes(std::string_view name) {
  constexpr std::size_t most_bytes = 200;
  if (name.size() <= most_bytes) return fmt::format("\"{}\"", escape_control(name));
  const std::size_t kept = valid_utf8_length(name.substr(0, most_bytes));
  return fmt::format("\"{}…\" ({} bytes)", escape_control(name.substr(0, kept)), name.size());
}

void ProblemLog::warn(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
                      const std::string& message) {
  if (strict_) reject(rule, path, offset_bytes, message);
  const std::string file = std::filesystem::path(path).filename().string();
  // Files are read one after another, so what is known of this one stands at the end.
  for (auto it = noted_.rbegin(); it != noted_.rend() && it->problem.file == file; ++it) {
    if (it->problem.rule != rule.id) continue;
    ++it->more;
    return;
  }
  noted_.push_back({problem(rule, file, offset_bytes, message)});
}

void ProblemLog::observe(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
                         const std::string& message) {
  const std::string file = std::filesystem::path(path).filename().string();
  Observed& observed = observed_[{rule.id, file}];
  if (++observed.count > kMostObserved) {
    ++observations_[observed.last].more;
    return;
  }
  observed.last = observations_.size();
  observations_.push_back({problem(rule, file, offset_bytes, message)});
}

Problem ProblemLog::problem(const Rule& rule, const std::string& file,
                            std::optional<std::uint64_t> offset_bytes, const std::string& message) const {
  if (offset_bytes) *offset_bytes += origin_;
  return {std::string(rule.id), file, offset_bytes, message};
}

std::vector<Problem> ProblemLog::take() { return taken(noted_); }

std::vector<Problem> ProblemLog::take_observations() {
  observed_.clear();
  return taken(observations_);
}

std::vector<Problem> ProblemLog::taken(std::vector<Noted>& noted) {
  std::vector<Problem> problems;
  problems.reserve(noted.size());
  for (Noted& one : noted) {
    if (one.more > 0) one.problem.message += fmt::format(" (and {} more)", grouped(one.more));
    problems.push_back(std::move(one.problem));
  }
  noted.clear();
  return problems;
}

void reject(const Rule& rule, const std::string& path, std::optional<std::uint64_t> offset_bytes,
            const std::string& message, std::string_view tensor) {
  throw Error(ErrorCode::malformed, message,
              {.file = path,
               .offset_bytes = offset_bytes,
               .tensor = std::string(tensor),
               .rule = std::string(rule.id)});
}

}  // namespace weightsieve::format
