// The tables of layers and of buffers: a row a tensor, each with its histogram.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "report/figures.hpp"
#include "report/html_marks.hpp"
#include "report/html_parts.hpp"
#include "report/html_table.hpp"
#include "report/measures.hpp"
#include "report/rows.hpp"

namespace weightsieve {
namespace {

/// Of more layers than these, alike ones share a row, unless each is asked for.
constexpr std::size_t kMostRows = 5'000;

struct LayerColumn {
  HtmlColumn head;
  std::function<void(HtmlTable&, TensorSpan)> cell;
};

class LayerColumns {
 public:
  explicit LayerColumns(const CheckpointProfile& profile) : profile_(profile) {}

  void words(std::string heading, std::string field, std::function<std::string(TensorSpan)> text) {
    columns_.push_back(
        {{std::move(heading), std::move(field), false},
         [text = std::move(text)](HtmlTable& table, TensorSpan row) { table.text(text(row)); }});
  }

  void count(std::string heading, std::string field, std::uint64_t (*of)(TensorSpan),
             std::string (*text)(std::uint64_t)) {
    columns_.push_back({{std::move(heading), std::move(field)}, [of, text](HtmlTable& table, TensorSpan row) {
                          table.figure(text(of(row)), std::to_string(of(row)));
                        }});
  }

  void number(std::string heading, std::string_view name, std::string field) {
    columns_.push_back(
        {{std::move(heading), std::move(field)},
         [&by = measure(name)](HtmlTable& table, TensorSpan row) { table.number(by.of(row)); }});
  }

  void percent(std::string heading, std::string field, RowFigure figure) {
    columns_.push_back(
        {{std::move(heading), std::move(field)},
         [figure = std::move(figure)](HtmlTable& table, TensorSpan row) { table.percent(figure(row)); }});
  }

  void histogram() {
    columns_.push_back({{"Histogram", "", false},
                        [](HtmlTable& table, TensorSpan row) { table.markup(svg_sparkline(row)); }});
  }

  std::vector<LayerColumn> take() && { return std::move(columns_); }

  void add_inventory(TensorSpan all) {
    if (!common_dtype(all))
      words("Dtype", "dtype", [](TensorSpan row) { return std::string(common_dtype(row).value_or("")); });
    words("Shape", "shape", [](TensorSpan row) {
      const auto shape = common_shape(row);
      return shape ? to_string(*shape) : "";
    });
    count("Parameters", "elements", sum_elements, grouped);
    if (profile_.options) return;
    percent("%", "", [total = profile_.totals.parameters](TensorSpan row) {
      return percentage(sum_elements(row), total);
    });
    count("Size", "bytes", sum_bytes, binary_size);
  }

  void add_statistics(const Statistics& totals) {
    histogram();
    number("Mean", "mean", "mean");
    number("Std", "std", "std");
    number("Min", "min", "min");
    number("Max", "max", "max");
    number("Kurtosis", "kurtosis", "excess_kurtosis");
    percent("% zero", "zero_percent", measure("zero").of);
    if (totals.counts.finite() != totals.counts.values()) number("Not finite", "non_finite", "non_finite");
    for (std::size_t at = 0; at < totals.intervals.size(); ++at) {
      const IntervalCount& interval = totals.intervals[at];
      percent("% " + beyond_text(interval.low, interval.high), fmt::format("outside_percent_{}", at),
              [at](TensorSpan row) { return outside_percent(row, at); });
    }
  }

 private:
  const CheckpointProfile& profile_;
  std::vector<LayerColumn> columns_;
};

Rows shown_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  if (options.all || arranges_layers(options) || profile.totals.layers <= kMostRows)
    return layer_rows(profile, options);
  return Rows::folded(tensors_of(profile, Role::parameter));
}

std::string note_of(const Rows& rows, std::size_t all, bool has_statistics) {
  std::string note;
  if (rows.size() < all) note += fmt::format("{} of {} rows. ", grouped(rows.size()), grouped(all));
  if (!rows.each()) note += "Alike layers share a row. ";
  if (has_statistics)
    note +=
        "Each histogram goes from the layer's least value to its greatest; heights go with the square root "
        "of the counts, so that tails show.";
  return note;
}

void write_rows(TextOut& out, const Rows& rows, const std::vector<LayerColumn>& columns, std::string label,
                bool searchable) {
  std::vector<HtmlColumn> heads{{std::move(label), "name", false}};
  for (const LayerColumn& column : columns)
    heads.push_back(column.head);
  HtmlTable table(out, heads, searchable);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t repeats = rows.repeats(row);
    table.label(rows.label(row) + (repeats > 1 ? " ×" + grouped(repeats) : ""));
    for (const LayerColumn& column : columns)
      column.cell(table, rows.members(row));
    table.end_row();
  }
}

}  // namespace

void write_html_layers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options) {
  Rows rows = shown_rows(profile, options);
  const std::size_t all = rows.size();
  rows.arrange(options, "elements");
  if (rows.size() == 0) return;
  const Statistics* const totals = profile.options ? profile.totals.statistics.get() : nullptr;
  begin_section(out, page_section::kLayers, note_of(rows, all, totals != nullptr));
  LayerColumns columns(profile);
  columns.add_inventory(rows.all());
  if (totals != nullptr) columns.add_statistics(*totals);
  write_rows(out, rows, std::move(columns).take(), "Layer", true);
  end_section(out);
}

void write_html_buffers(TextOut& out, const CheckpointProfile& profile) {
  const TensorPointers buffers = tensors_of(profile, Role::buffer);
  if (buffers.empty()) return;
  begin_section(out, {"buffers", "Buffers"},
                "Tensors that are not parameters; the figures above leave them out.");
  LayerColumns columns(profile);
  columns.words("Dtype", "dtype", [](TensorSpan row) { return std::string(common_dtype(row).value_or("")); });
  columns.words("Shape", "shape", [](TensorSpan row) {
    const auto shape = common_shape(row);
    return shape ? to_string(*shape) : "";
  });
  columns.count("Elements", "elements", sum_elements, grouped);
  if (profile.options) {
    columns.number("Min", "min", "min");
    columns.number("Max", "max", "max");
  }
  write_rows(out, Rows::folded(buffers), std::move(columns).take(), "Buffer", false);
  end_section(out);
}

}  // namespace weightsieve
