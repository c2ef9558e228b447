// What is said below a pruning table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/figures.hpp"
#include "report/prune_formats.hpp"

namespace weightsieve {
namespace {

std::string described(const PruneTable& table, const PruneTableLevel& level, std::size_t tensor) {
  const MaskCounts& counts = level.tensors[tensor];
  return fmt::format("{} ({} %)", escape_control(table.tensors[tensor]),
                     honest_percent(percentage(counts.zeroed, counts.elements)));
}

/// "90 %: hit hardest encoder.weight (99.10 %), least head.weight (12.00 %)"; empty where there is nothing to
/// compare.
std::string extremes(const PruneTable& table, const PruneTableLevel& level) {
  const auto hardest = level.hit_hardest();
  const auto least = level.hit_least();
  if (!hardest || !least || *hardest == *least) return {};
  return fmt::format("{}: hit hardest {}, least {}", level_name(level), described(table, level, *hardest),
                     described(table, level, *least));
}

/// Tensors of which nothing is left, though something is left of others.
std::string wiped_out(const PruneTable& table, const PruneTableLevel& level) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < table.tensors.size(); ++i)
    if (level.tensors[i].wiped_out()) names.push_back(escape_control(table.tensors[i]));
  if (names.empty() || level.total.zeros_after() == level.total.elements) return {};
  constexpr std::size_t most = 5;
  const std::string more = names.size() > most ? fmt::format(" and {} more", names.size() - most) : "";
  const std::size_t all = names.size();
  names.resize(std::min(names.size(), most));
  return fmt::format("warning: {}: nothing is left of {}: {}{}", level_name(level), count_of(all, "tensor"),
                     fmt::join(names, ", "), more);
}

std::uint64_t non_finite(const PruneTable& table) {
  return table.levels.empty() ? 0 : table.levels.front().total.non_finite;
}

/// "11,918,592 of 22,713,216 parameters are not selected: 3 embeddings and heads (11,837,440), …".
std::string unselected(const PruneTable& table) {
  std::uint64_t elements = 0;
  std::string reasons;
  for (const UnselectedParameters& group : table.not_selected) {
    elements += group.elements;
    reasons += fmt::format("{}{} {} ({})", reasons.empty() ? "" : ", ", grouped(group.tensors.size()),
                           group.reason, grouped(group.elements));
  }
  if (elements == 0) return {};
  return fmt::format("{} of {} parameters are not selected: {}", grouped(elements), grouped(table.parameters),
                     reasons);
}

/// What people wonder about first who wrote a dense file.
std::string as_large_as_before(const PruneTable& table) {
  const bool is_dense = !table.levels.empty() && table.levels.front().measured &&
                        table.levels.front().measured->encoding == "dense";
  return is_dense ? "dense files stay as large as they were; --encoding packed or zst makes small ones" : "";
}

}  // namespace

std::vector<std::string> prune_remarks(const PruneTable& table) {
  std::vector<std::string> lines{unselected(table)};
  for (const PruneTableLevel& level : table.levels) {
    lines.push_back(extremes(table, level));
    lines.push_back(wiped_out(table, level));
  }
  if (const std::uint64_t count = non_finite(table); count > 0)
    lines.push_back(fmt::format("{} NaN and infinite values are never pruned", grouped(count)));
  for (const SkippedTensor& skipped : table.left_alone)
    lines.push_back(fmt::format("left alone: {}: {}", escape_control(skipped.name), skipped.reason));
  lines.push_back(as_large_as_before(table));
  std::erase(lines, std::string());
  return lines;
}

std::vector<std::string> written_lines(const WrittenCheckpoint& written) {
  std::vector<std::string> lines{fmt::format("{} {}",
                                             written.already_complete ? "already complete:" : "written to",
                                             escape_control(written.folder))};
  for (const WrittenFile& file : written.files)
    lines.push_back(fmt::format("  {}: {}{}", escape_control(file.name), file.copied ? "copied, " : "",
                                binary_size(file.bytes)));
  return lines;
}

std::string level_name(const PruneTableLevel& level) {
  return level.count ? grouped(*level.count) + " elements" : significant(100 * level.sparsity, 6) + " %";
}

}  // namespace weightsieve
