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

/// "3 tensors: a, b, c"; of many the first, and how many more there are.
std::string listed(std::vector<std::string> names) {
  constexpr std::size_t most = 5;
  const std::size_t all = names.size();
  names.resize(std::min(all, most));
  const std::string more = all > most ? fmt::format(" and {} more", all - most) : "";
  return fmt::format("{}: {}{}", count_of(all, "tensor"), fmt::join(names, ", "), more);
}

template <typename Is>
std::vector<std::string> names_where(const PruneTable& table, const PruneTableLevel& level, const Is& is) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < table.tensors.size(); ++i)
    if (is(level.tensors[i])) names.push_back(escape_control(table.tensors[i]));
  return names;
}

/// Tensors of which nothing is left, though something is left of others.
std::string wiped_out(const PruneTable& table, const PruneTableLevel& level) {
  const auto names = names_where(table, level, [](const MaskCounts& counts) { return counts.wiped_out(); });
  if (names.empty() || level.total.zeros_after() == level.total.elements) return {};
  return fmt::format("warning: {}: nothing is left of {}", level_name(level), listed(names));
}

/// Tensors that stay as they are, where no threshold over all of them says why: those without whole groups
/// for N:M, or too small for their share.
std::string untouched(const PruneTable& table, const PruneTableLevel& level) {
  if (level.threshold || level.sparsity == 0) return {};
  const auto names = names_where(
      table, level, [](const MaskCounts& counts) { return counts.elements != 0 && counts.zeroed == 0; });
  if (names.empty()) return {};
  return fmt::format(
      "warning: {}: nothing goes of {} (the axis of --nm-axis may be shorter than a group, or a "
      "tensor too small for its share)",
      level_name(level), listed(names));
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

/// What people wonder about first who wrote a dense file with more zeros in it.
std::string no_smaller(const PruneTable& table) {
  const bool is_dense =
      std::any_of(table.levels.begin(), table.levels.end(), [](const PruneTableLevel& level) {
        return level.total.zeroed > 0 && level.measured && level.measured->encoding == "dense";
      });
  return is_dense ? "dense files hold every zero; --encoding packed or zst makes small ones" : "";
}

}  // namespace

std::vector<std::string> prune_remarks(const PruneTable& table) {
  std::vector<std::string> lines{unselected(table)};
  for (const PruneTableLevel& level : table.levels) {
    lines.push_back(extremes(table, level));
    lines.push_back(wiped_out(table, level));
    lines.push_back(untouched(table, level));
  }
  if (const std::uint64_t count = non_finite(table); count > 0)
    lines.push_back(fmt::format("values that are NaN or infinite are never pruned: {}", grouped(count)));
  for (const SkippedTensor& skipped : table.left_alone)
    lines.push_back(fmt::format("left alone: {}: {}", escape_control(skipped.name), skipped.reason));
  lines.push_back(no_smaller(table));
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
