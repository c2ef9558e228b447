// The sparsity view: the share of values outside an interval, over the model and layer by layer, as the lab
// report shows it: two decimals, cells centred the way PrettyTable does.
#include <fmt/format.h>

#include "report/csv_record.hpp"
#include "report/figures.hpp"
#include "report/markup.hpp"
#include "report/measures.hpp"
#include "report/reporters.hpp"
#include "report/rows.hpp"
#include "report/terminal.hpp"

namespace weightsieve {
namespace {

std::string percent_cell(std::optional<double> value) { return value ? percent(value) + "%" : "-"; }

std::string column_heading(const IntervalCount& interval) {
  return "Percent Params " + outside_text(interval.low, interval.high);
}

std::string sentence(const Statistics& totals, const IntervalCount& interval) {
  return fmt::format("Percent of model parameters {} is {}", outside_text(interval.low, interval.high),
                     percent_cell(totals.outside_percent(interval)));
}

/// Layers as the options order them; a cut keeps those with the most outside of interval number `at`.
Rows sparsity_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  Rows rows = Rows::single(tensors_of(profile, Role::parameter));
  rows.arrange(options, "outside");
  return rows;
}

/// PrettyTable puts the odd space to the right of a text of odd length and to the left of another.
std::string centred(const std::string& text, std::size_t width) {
  const std::size_t used = display_width(text);
  const std::size_t left = (width - used) / 2 + (used % 2 == 0 ? (width - used) % 2 : 0);
  return std::string(left, ' ') + text + std::string(width - used - left, ' ');
}

struct SparsityTable {
  const Rows& rows;
  std::size_t interval;
  std::string heading;
  std::size_t name_width = 0;

  std::string figure(std::size_t row) const {
    return percent_cell(outside_percent(rows.members(row), interval));
  }
};

void write_boxed(TextOut& out, SparsityTable table) {
  const std::string layers = "Layers";
  table.name_width = layers.size();
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    table.name_width = std::max(table.name_width, display_width(table.rows.label(row)));
  const std::size_t width = display_width(table.heading);
  const std::string border =
      "+" + std::string(table.name_width + 2, '-') + "+" + std::string(width + 2, '-') + "+\n";
  const auto line = [&](const std::string& name, const std::string& figure) {
    out << "| " << centred(name, table.name_width) << " | " << centred(figure, width) << " |\n";
  };
  out << border;
  line(layers, table.heading);
  out << border;
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    line(table.rows.label(row), table.figure(row));
  out << border;
}

void write_marked(TextOut& out, const SparsityTable& table) {
  MarkdownTable markdown(out, {"Layers", table.heading + ":"});
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    markdown.cell(markdown_text(table.rows.label(row))).cell(table.figure(row)).end_row();
}

/// The title, then for each interval its sentence and its table.
template <class WriteTable>
void write_sparsity(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink,
                    const std::string& title, WriteTable write_table) {
  TextOut out(sink);
  out << "# " << title << "\n";
  const Rows rows = sparsity_rows(profile, options);
  const Statistics& totals = *profile.totals.statistics;
  for (std::size_t at = 0; at < totals.intervals.size(); ++at) {
    const IntervalCount& interval = totals.intervals[at];
    out << "\n" << sentence(totals, interval) << "\n\n";
    write_table(out, SparsityTable{rows, at, column_heading(interval)});
  }
  out.flush();
}

}  // namespace

void write_sparsity_text(const CheckpointProfile& profile, const ReportOptions& options,
                         const TextSink& sink) {
  write_sparsity(profile, options, sink, escape_control(title_of(profile, options)), write_boxed);
}

void write_sparsity_markdown(const CheckpointProfile& profile, const ReportOptions& options,
                             const TextSink& sink) {
  write_sparsity(profile, options, sink, markdown_text(title_of(profile, options)), write_marked);
}

void write_sparsity_csv(const CheckpointProfile& profile, const ReportOptions& options,
                        const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  if (!options.continued)
    record.field("checkpoint").field("layer").field("low").field("high").field("outside_percent").end();
  const std::string checkpoint = escape_control(title_of(profile, options));
  const Rows rows = sparsity_rows(profile, options);
  const auto& intervals = profile.totals.statistics->intervals;
  for (std::size_t at = 0; at < intervals.size(); ++at) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      record.field(checkpoint).field(rows.label(row));
      record.field(intervals[at].low).field(intervals[at].high);
      record.field(outside_percent(rows.members(row), at)).end();
    }
  }
  out.flush();
}

}  // namespace weightsieve
