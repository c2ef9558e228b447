#include <fmt/format.h>

#include <algorithm>

#include "report/figures.hpp"
#include "report/measures.hpp"
#include "report/remarks.hpp"
#include "report/reporters.hpp"
#include "report/rows.hpp"
#include "report/text_table.hpp"
#include "report/text_totals.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kRemarkLines = 20;

using Columns = std::vector<TextColumn>;
using CellOf = std::function<std::string(TensorSpan)>;

/// A table's columns over some rows; cells are made of a row's tensors.
class ColumnList {
 public:
  explicit ColumnList(const Rows& rows) : rows_(&rows) {}

  void add(std::string heading, int importance, CellOf cell, Align align = Align::right) {
    columns_.push_back(
        {std::move(heading), align, importance,
         [rows = rows_, cell = std::move(cell)](std::size_t row) { return cell(rows->members(row)); }});
  }

  void add_label(std::string heading) {
    columns_.push_back({std::move(heading), Align::left, kLabel,
                        [rows = rows_](std::size_t row) { return rows->label(row); }});
  }

  void add_repeats() {
    if (!any_repeats()) return;
    columns_.push_back({"", Align::left, 90, [rows = rows_](std::size_t row) {
                          const std::size_t repeats = rows->repeats(row);
                          return repeats == 1 ? std::string() : "×" + grouped(repeats);
                        }});
  }

  bool any_repeats() const {
    for (std::size_t row = 0; row < rows_->size(); ++row) {
      if (rows_->repeats(row) > 1) return true;
    }
    return false;
  }

  Columns take() { return std::move(columns_); }

 private:
  const Rows* rows_;
  Columns columns_;
};

std::string_view text_of(const Dtype& dtype) { return dtype_info(dtype).name; }
std::string text_of(const Shape& shape) { return to_string(shape); }

/// What `of` says of all tensors of the row; nothing where they differ.
template <class Of>
std::string common(TensorSpan tensors, Of of) {
  const auto& first = of(tensors.front()->info);
  const bool same =
      std::ranges::all_of(tensors, [&](const TensorProfile* tensor) { return of(tensor->info) == first; });
  return same ? std::string(text_of(first)) : "";
}

std::string shape_text(TensorSpan tensors) {
  return common(tensors, [](const TensorInfo& info) -> const Shape& { return info.shape; });
}

std::string dtype_text(TensorSpan tensors) {
  return common(tensors, [](const TensorInfo& info) -> const Dtype& { return info.dtype; });
}

/// Whether the row's tensors differ in nothing but their values, so that a spread over them says something.
bool alike(TensorSpan tensors) {
  const TensorInfo& first = tensors.front()->info;
  return std::ranges::all_of(tensors, [&first](const TensorProfile* tensor) {
    return tensor->info.shape == first.shape && tensor->info.dtype == first.dtype;
  });
}

void add_inventory(ColumnList& columns, const CheckpointProfile& profile, const Rows& rows) {
  const std::uint64_t parameters = profile.totals.parameters;
  columns.add_repeats();
  if (dtype_text(rows.all()).empty()) columns.add("dtype", 30, dtype_text, Align::left);
  columns.add("shape", profile.options ? 20 : 60, shape_text, Align::left);
  columns.add("parameters", 80, [](TensorSpan tensors) { return grouped(sum_elements(tensors)); });
  if (profile.options) return;
  columns.add("%", 70, [parameters](TensorSpan tensors) {
    return honest_percent(percentage(sum_elements(tensors), parameters));
  });
  columns.add("size", 50, [](TensorSpan tensors) { return binary_size(sum_bytes(tensors)); });
}

std::string measured(const Measure& by, TensorSpan tensors) {
  const std::optional<double> value = by.of(tensors);
  return value ? significant(*value) : "-";
}

void add_measure(ColumnList& columns, std::string_view name, int importance) {
  columns.add(std::string(name), importance,
              [&by = measure(name)](TensorSpan tensors) { return measured(by, tensors); });
}

/// The figure of a row of unlike tensors taken together; for alike ones from the least to the greatest.
template <class Text>
std::string spread_text(TensorSpan tensors, const RowFigure& figure, Text text) {
  if (!alike(tensors)) return text(figure(tensors));
  const std::optional<Spread> found = spread(tensors, figure);
  if (!found) return "-";
  const std::string low = text(found->low), high = text(found->high);
  return low == high ? low : low + "–" + high;
}

std::string std_text(TensorSpan tensors) {
  const int digits = tensors.size() == 1 ? 4 : 3;
  return spread_text(tensors, measure("std").of, [digits](std::optional<double> value) {
    return value ? significant(*value, digits) : "-";
  });
}

bool any_not_finite(const Statistics& totals) { return totals.counts.finite() != totals.counts.values(); }

void add_share(ColumnList& columns, std::string heading, int importance, RowFigure figure) {
  columns.add(std::move(heading), importance, [figure = std::move(figure)](TensorSpan tensors) {
    return spread_text(tensors, figure, honest_percent);
  });
}

void add_statistics(ColumnList& columns, const Statistics& totals) {
  add_measure(columns, "mean", 35);
  columns.add("std", 75, std_text);
  add_measure(columns, "min", 55);
  add_measure(columns, "max", 54);
  if (any_not_finite(totals)) {
    columns.add("not finite", 78,
                [&by = measure("non_finite")](TensorSpan tensors) { return measured(by, tensors); });
  }
  add_share(columns, "% zero", 40, measure("zero").of);
  const std::size_t middle = (totals.intervals.size() - 1) / 2;
  for (std::size_t at = 0; at < totals.intervals.size(); ++at) {
    const IntervalCount& interval = totals.intervals[at];
    add_share(columns, "% " + beyond_text(interval.low, interval.high), at == middle ? 76 : 45,
              [at](TensorSpan tensors) { return outside_percent(tensors, at); });
  }
}

Rows layer_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  TensorPointers tensors = tensors_of(profile, Role::parameter);
  if (options.group_by) return Rows::grouped(tensors, *options.group_by);
  const bool each = options.all || options.top || !options.sort.empty();
  return each ? Rows::single(std::move(tensors)) : Rows::folded(tensors);
}

std::string layers_heading(const Rows& rows, std::uint64_t layers, const ReportOptions& options) {
  std::string heading = count_of(layers, "layer");
  if (options.top && rows.size() < layers) heading = fmt::format("{} of {}", grouped(rows.size()), heading);
  if (options.group_by)
    return fmt::format("{} by {} of their names", heading, count_of(*options.group_by, "part"));
  if (rows.each()) return heading;
  return heading + ", alike ones in one row (--all: each)";
}

void write_layers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                  const TableLayout& layout) {
  Rows rows = layer_rows(profile, options);
  rows.arrange(options, "elements");
  if (rows.size() == 0) return;
  out << "\n" << layout.style.heading(layers_heading(rows, profile.totals.layers, options)) << "\n";
  ColumnList columns(rows);
  columns.add_label("layer");
  add_inventory(columns, profile, rows);
  if (profile.options) add_statistics(columns, *profile.totals.statistics);
  write_table(out, columns.take(), rows.size(), layout);
}

void write_buffers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                   const TableLayout& layout) {
  TensorPointers tensors = tensors_of(profile, Role::buffer);
  if (tensors.empty()) return;
  out << "\n" << layout.style.heading(count_of(tensors.size(), "buffer")) << "\n";
  const Rows rows = options.all ? Rows::single(std::move(tensors)) : Rows::folded(tensors);
  ColumnList columns(rows);
  columns.add_label("buffer");
  columns.add_repeats();
  columns.add("dtype", 50, dtype_text, Align::left);
  columns.add("shape", 60, shape_text, Align::left);
  columns.add("elements", 70, [](TensorSpan members) { return grouped(sum_elements(members)); });
  if (profile.options) {
    add_measure(columns, "min", 55);
    add_measure(columns, "max", 54);
  }
  write_table(out, columns.take(), rows.size(), layout);
}

void write_remarks(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                   const Style& style) {
  for (const RemarkSection& section : remark_sections(profile)) {
    out << "\n"
        << (section.warning ? style.warning(section.heading) : style.heading(section.heading)) << "\n";
    const std::size_t shown =
        options.all ? section.lines.size() : std::min(section.lines.size(), kRemarkLines);
    for (std::size_t i = 0; i < shown; ++i)
      out << "  " << section.lines[i] << "\n";
    if (shown < section.lines.size())
      out << fmt::format("  … and {} more (--all)\n", grouped(section.lines.size() - shown));
  }
}

}  // namespace

void write_text(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  const TableLayout layout{options.width, Style(options.color)};
  write_text_inventory(out, profile, title_of(profile, options), layout);
  if (profile.totals.statistics) write_text_statistics(out, *profile.totals.statistics, layout);
  write_layers(out, profile, options, layout);
  write_buffers(out, profile, options, layout);
  write_remarks(out, profile, options, layout.style);
  out.flush();
}

void write_ranking_text(const Ranking& ranking, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  const TableLayout layout{options.width, Style(options.color)};
  const auto at = [&ranking](std::size_t row) -> const RankedCheckpoint& { return ranking[row]; };
  Columns columns;
  columns.push_back({"rank", Align::right, 4, [](std::size_t row) { return grouped(row + 1); }});
  columns.push_back(
      {"model", Align::left, kLabel, [at](std::size_t row) { return escape_control(at(row).name); }});
  columns.push_back(
      {"parameters", Align::right, 2, [at](std::size_t row) { return grouped(at(row).parameters); }});
  columns.push_back({"layers", Align::right, 1, [at](std::size_t row) { return grouped(at(row).layers); }});
  columns.push_back(
      {"size", Align::right, 3, [at](std::size_t row) { return binary_size(at(row).parameter_bytes); }});
  write_table(out, std::move(columns), ranking.size(), layout);
  out.flush();
}

}  // namespace weightsieve
