#include "report/prune_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.hpp"

namespace weightsieve {
namespace {

std::string shown_seconds(std::optional<double> value) { return value ? fmt::format("{:.2f}", *value) : "-"; }

/// Where all go, there is none.
std::string shown_threshold(std::optional<double> value) {
  return value && std::isinf(*value) ? "all" : number_text(value);
}

std::string exact_threshold(std::optional<double> value) {
  return value && std::isinf(*value) ? "" : exact_text(value);
}

/// Whether so many of those that go were zero already that it is worth a column.
bool had_many_zeros(const MaskCounts& counts) { return counts.already_zero > counts.zeroed / 100; }

using Counts = std::function<const MaskCounts&(std::size_t)>;
using Threshold = std::function<std::optional<double>(std::size_t)>;

/// What a mask did, whether to a tensor or to all of them.
void add_counts(std::vector<PruneColumn>& columns, const Counts& counts, const Threshold& threshold,
                bool any_zeros) {
  columns.push_back({"threshold", "threshold",
                     [=](std::size_t row) { return shown_threshold(threshold(row)); },
                     [=](std::size_t row) { return exact_threshold(threshold(row)); }, 40});
  columns.push_back({"elements", "elements", [=](std::size_t row) { return grouped(counts(row).elements); },
                     [=](std::size_t row) { return std::to_string(counts(row).elements); }, 10});
  columns.push_back({"zeroed", "zeroed", [=](std::size_t row) { return grouped(counts(row).zeroed); },
                     [=](std::size_t row) { return std::to_string(counts(row).zeroed); }, 60});
  columns.push_back(
      {"newly zeroed", "newly_zeroed", [=](std::size_t row) { return grouped(counts(row).newly_zeroed()); },
       [=](std::size_t row) { return std::to_string(counts(row).newly_zeroed()); }, 61, !any_zeros});
  const auto share = [=](std::size_t row) { return percentage(counts(row).zeroed, counts(row).elements); };
  columns.push_back({"%", "zeroed_percent", [=](std::size_t row) { return honest_percent(share(row)); },
                     [=](std::size_t row) { return exact_text(share(row)); }, 70});
  const auto kept = [=](std::size_t row) -> std::optional<double> {
    const auto energy = counts(row).retained_energy();
    return energy ? std::optional(100 * *energy) : std::nullopt;
  };
  columns.push_back({"energy kept %", "retained_energy_percent",
                     [=](std::size_t row) { return honest_percent(kept(row)); },
                     [=](std::size_t row) { return exact_text(kept(row)); }, 50});
  columns.push_back({"relative error", "relative_error",
                     [=](std::size_t row) { return number_text(counts(row).relative_error()); },
                     [=](std::size_t row) { return exact_text(counts(row).relative_error()); }, 45});
  columns.push_back({"cosine", "cosine", [=](std::size_t row) { return number_text(counts(row).cosine()); },
                     [=](std::size_t row) { return exact_text(counts(row).cosine()); }, 20});
  columns.push_back({"SNR dB", "signal_to_noise_db",
                     [=](std::size_t row) { return number_text(counts(row).signal_to_noise_db(), 3); },
                     [=](std::size_t row) { return exact_text(counts(row).signal_to_noise_db()); }, 25});
}

std::string sparsity_text(const PruneTableLevel& level) {
  if (level.count) return fmt::format("{} elements", grouped(*level.count));
  return significant(100 * level.sparsity, 6) + " %";
}

void add_sizes(std::vector<PruneColumn>& columns, const PruneTable& table) {
  for (std::size_t i = 0; i < table.levels.front().sizes.size(); ++i) {
    const auto size = [&table, i](std::size_t row) -> const EncodedSize& {
      return table.levels[row].sizes[i];
    };
    const std::string& encoding = size(0).encoding;
    const bool was_written = table.levels.front().measured.has_value();
    columns.push_back(
        {was_written ? "predicted" : encoding, encoding + "_bytes",
         [=](std::size_t row) { return (size(row).exact ? "" : "≈ ") + binary_size(size(row).bytes); },
         [=](std::size_t row) { return std::to_string(size(row).bytes); }, 65});
  }
}

void add_measured(std::vector<PruneColumn>& columns, const PruneTable& table, bool timing) {
  const auto measured = [&table](std::size_t row) -> const MeasuredWrite& {
    return *table.levels[row].measured;
  };
  columns.push_back({"written", "written_bytes",
                     [=](std::size_t row) { return binary_size(measured(row).bytes); },
                     [=](std::size_t row) { return std::to_string(measured(row).bytes); }, 80});
  if (!timing) return;
  columns.push_back({"write s", "write_seconds",
                     [=](std::size_t row) { return shown_seconds(measured(row).write_seconds); },
                     [=](std::size_t row) { return exact_text(measured(row).write_seconds); }, 81});
  columns.push_back({"restore s", "restore_seconds",
                     [=](std::size_t row) { return shown_seconds(measured(row).restore_seconds); },
                     [=](std::size_t row) { return exact_text(measured(row).restore_seconds); }, 81});
}

}  // namespace

std::vector<PruneColumn> level_columns(const PruneTable& table, const PruneReportOptions& options) {
  std::vector<PruneColumn> columns;
  columns.push_back({"pruned", "sparsity",
                     [&table](std::size_t row) { return sparsity_text(table.levels[row]); },
                     [&table](std::size_t row) {
                       const PruneTableLevel& level = table.levels[row];
                       return level.count ? "" : shortest(level.sparsity);
                     },
                     0});
  add_counts(
      columns, [&table](std::size_t row) -> const MaskCounts& { return table.levels[row].total; },
      [&table](std::size_t row) { return table.levels[row].threshold; },
      std::ranges::any_of(table.levels, [](const auto& level) { return had_many_zeros(level.total); }));
  if (table.levels.empty()) return columns;
  add_sizes(columns, table);
  if (table.levels.front().measured) add_measured(columns, table, options.timing);
  return columns;
}

std::vector<PruneColumn> tensor_columns(const PruneTable& table, std::size_t level) {
  const PruneTableLevel& at = table.levels[level];
  std::vector<PruneColumn> columns;
  columns.push_back({"layer", "layer",
                     [&table](std::size_t row) { return escape_control(table.tensors[row]); },
                     [&table](std::size_t row) { return escape_control(table.tensors[row]); }, 0});
  add_counts(
      columns, [&at](std::size_t row) -> const MaskCounts& { return at.tensors[row]; },
      [&at](std::size_t row) { return at.thresholds[row]; }, had_many_zeros(at.total));
  return columns;
}

}  // namespace weightsieve
