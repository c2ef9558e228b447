#include "report/text_layers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/column_list.hpp"
#include "report/figures.hpp"
#include "report/measures.hpp"
#include "report/sparkline.hpp"

namespace weightsieve {
namespace {

std::string shape_text(TensorSpan tensors) {
  const auto shape = common_shape(tensors);
  return shape ? to_string(*shape) : "";
}

std::string dtype_text(TensorSpan tensors) {
  const auto dtype = common_dtype(tensors);
  return std::string(dtype.value_or(""));
}

std::string count_text(TensorSpan tensors) { return grouped(sum_elements(tensors)); }
std::string size_text(TensorSpan tensors) { return binary_size(sum_bytes(tensors)); }

void add_measure(ColumnList& columns, std::string_view name, std::string heading, int importance) {
  columns.add(name, std::move(heading), importance,
              [&by = measure(name)](TensorSpan tensors) { return number_text(by.of(tensors)); });
}

/// Whether the row's tensors differ in nothing but their values, so that a spread over them says something.
bool alike(TensorSpan tensors) { return common_shape(tensors) && common_dtype(tensors); }

/// The table of layers: one figure a cell, for folded rows of alike tensors from the least to the greatest.
class LayerTable {
 public:
  LayerTable(const CheckpointProfile& profile, const ReportOptions& options, const Rows& rows)
      : profile_(profile),
        folded_(!options.group_by && !rows.each()),
        asked_(options.sort.empty() ? "" : sort_order(options.sort).column),
        columns_(rows, asked_) {
    columns_.add_label("layer");
    columns_.add_repeats();
    add_inventory(rows);
    if (profile.options) add_statistics(*profile.totals.statistics);
    if (!columns_.lacks_asked()) return;
    if (asked_ == "bytes")
      columns_.add(asked_, "size", kAsked, size_text);
    else
      add_measure(columns_, asked_, std::string(asked_), kAsked);
  }

  std::vector<TextColumn> columns() { return columns_.take(); }

 private:
  void add_inventory(const Rows& rows) {
    if (dtype_text(rows.all()).empty()) columns_.add_words("dtype", 30, dtype_text);
    columns_.add_words("shape", profile_.options ? 20 : 60, shape_text);
    columns_.add("elements", "parameters", 80, count_text);
    if (profile_.options) return;
    const std::uint64_t parameters = profile_.totals.parameters;
    columns_.add("", "%", 70, [parameters](TensorSpan tensors) {
      return honest_percent(percentage(sum_elements(tensors), parameters));
    });
    columns_.add("bytes", "size", 50, size_text);
  }

  void add_statistics(const Statistics& totals) {
    columns_.add_words("histogram", 72, sparkline);
    add_measure(columns_, "mean", "mean", 50);
    add_std();
    add_measure(columns_, "min", "min", 74);
    add_measure(columns_, "max", "max", 73);
    const bool all_finite = totals.counts.finite() == totals.counts.values();
    if (!all_finite) add_measure(columns_, "non_finite", "not finite", 78);
    add_share("zero", "% zero", 46, measure("zero").of);
    const std::size_t middle = (totals.intervals.size() - 1) / 2;
    const int middle_importance = all_finite ? 71 : 76;  // beside what is not finite, min would have no max
    for (std::size_t at = 0; at < totals.intervals.size(); ++at) {
      const IntervalCount& interval = totals.intervals[at];
      add_share(at == 0 ? "outside" : "", "% " + beyond_text(interval.low, interval.high),
                at == middle ? middle_importance : 45,
                [at](TensorSpan tensors) { return outside_percent(tensors, at); });
    }
  }

  void add_std() {
    columns_.add("std", "std", 79, [folded = folded_](TensorSpan tensors) {
      const int digits = tensors.size() == 1 ? 4 : 3;
      const auto text = [digits](std::optional<double> value) { return number_text(value, digits); };
      return spread_text(tensors, folded, measure("std").of, text);
    });
  }

  void add_share(std::string_view name, std::string heading, int importance, RowFigure figure) {
    columns_.add(name, std::move(heading), importance,
                 [folded = folded_, figure = std::move(figure)](TensorSpan tensors) {
                   return spread_text(tensors, folded, figure, honest_percent);
                 });
  }

  template <class Text>
  static std::string spread_text(TensorSpan tensors, bool folded, const RowFigure& figure, Text text) {
    if (!folded || !alike(tensors)) return text(figure(tensors));
    const std::optional<Spread> found = spread(tensors, figure);
    if (!found) return "-";
    const std::string low = text(found->low), high = text(found->high);
    return low == high ? low : low + "–" + high;
  }

  const CheckpointProfile& profile_;
  bool folded_;
  std::string_view asked_;
  ColumnList columns_;
};

/// Layers in rows of alike ones, unless each is asked for.
Rows shown_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  if (options.all || arranges_layers(options)) return layer_rows(profile, options);
  return Rows::folded(tensors_of(profile, Role::parameter));
}

/// ", greatest std first"; empty for rows in file order.
std::string order_text(const ReportOptions& options) {
  if (options.sort.empty()) return options.top ? ", most parameters first" : "";
  const SortOrder order = sort_order(options.sort);
  if (order.column == "name") return order.descending ? ", by name, last first" : ", by name";
  return fmt::format(", {} {} first", order.descending ? "greatest" : "least", order.column);
}

/// `shown` of the `rows` rows that there are.
std::string layers_heading(const ReportOptions& options, std::uint64_t layers, std::size_t rows,
                           std::size_t shown) {
  const std::string part = shown < rows ? grouped(shown) + " of " : "";
  if (!options.group_by) return part + count_of(layers, "layer") + order_text(options);
  return fmt::format("{}{} of {} by {} of the name{}", part, count_of(rows, "group"),
                     count_of(layers, "layer"), count_of(*options.group_by, "part"), order_text(options));
}

}  // namespace

void write_text_layers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                       const TableLayout& layout) {
  Rows rows = shown_rows(profile, options);
  const std::size_t all = rows.size();
  rows.arrange(options, "elements");
  if (rows.size() == 0) return;
  std::string heading = layers_heading(options, profile.totals.layers, all, rows.size());
  if (!options.group_by && !rows.each()) heading += ", alike ones in one row (--all: each)";
  out << "\n" << layout.style.heading(heading) << "\n";
  write_table(out, LayerTable(profile, options, rows).columns(), rows.size(), layout);
}

void write_text_buffers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                        const TableLayout& layout) {
  TensorPointers tensors = tensors_of(profile, Role::buffer);
  if (tensors.empty()) return;
  out << "\n" << layout.style.heading(count_of(tensors.size(), "buffer")) << "\n";
  const Rows rows = options.all ? Rows::single(std::move(tensors)) : Rows::folded(tensors);
  ColumnList columns(rows, "");
  columns.add_label("buffer");
  columns.add_repeats();
  columns.add_words("dtype", 50, dtype_text);
  columns.add_words("shape", 60, shape_text);
  columns.add("elements", "elements", 70, count_text);
  if (profile.options) {
    add_measure(columns, "min", "min", 55);
    add_measure(columns, "max", "max", 54);
  }
  write_table(out, columns.take(), rows.size(), layout);
}

}  // namespace weightsieve
