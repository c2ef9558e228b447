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

const std::string kLayers = "Layers";
constexpr std::size_t kFrame = 7;  ///< columns of "|  |  |" around a name and a figure, blanks included

std::string percent_cell(std::optional<double> value) { return value ? percent(value) + "%" : "-"; }

std::string column_heading(const IntervalCount& interval) {
  return "Percent Params " + outside_text(interval.low, interval.high);
}

std::string sentence(const Statistics& totals, const IntervalCount& interval) {
  return fmt::format("Percent of model parameters {} is {}", outside_text(interval.low, interval.high),
                     percent_cell(totals.outside_percent(interval)));
}

/// Layers as the options order them; a cut keeps those with the most outside of the first interval.
Rows sparsity_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  Rows rows = layer_rows(profile, options);
  rows.arrange(options, "outside");
  return rows;
}

/// What is not the whole table says so: "5 of 103 layers".
std::string cut_note(const CheckpointProfile& profile, const ReportOptions& options, const Rows& rows) {
  if (!options.top) return "";
  const std::size_t all = layer_rows(profile, options).size();
  if (rows.size() >= all) return "";
  return fmt::format("{} of {}\n\n", grouped(rows.size()),
                     count_of(all, options.group_by ? "group" : "layer"));
}

/// PrettyTable puts the odd space to the right of a text of odd length and to the left of another.
std::string centred(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  const std::size_t left = (width - used) / 2 + (used % 2 == 0 ? (width - used) % 2 : 0);
  return std::string(left, ' ') + std::string(text) + std::string(width - used - left, ' ');
}

struct SparsityTable {
  const Rows& rows;
  std::size_t interval;
  std::string heading;

  std::string figure(std::size_t row) const {
    return percent_cell(outside_percent(rows.members(row), interval));
  }
};

/// Draws one box; its cells are lines of a given width.
class Box {
 public:
  Box(TextOut& out, std::size_t name_width, std::size_t figure_width)
      : out_(&out),
        name_width_(name_width),
        figure_width_(figure_width),
        border_("+" + std::string(name_width + 2, '-') + "+" + std::string(figure_width + 2, '-') + "+\n") {}

  void border() { *out_ << border_; }

  /// A name that is too long takes several lines, its figure stands in the first.
  void row(const std::string& name, std::string figure) {
    for (const std::string_view piece : broken(name, name_width_, kNameBreaks)) {
      *out_ << "| " << centred(piece, name_width_) << " | " << centred(figure, figure_width_) << " |\n";
      figure.clear();
    }
  }

 private:
  TextOut* out_;
  std::size_t name_width_;
  std::size_t figure_width_;
  std::string border_;
};

/// What the names take, or what a terminal of `width` columns leaves them.
std::size_t name_width(const SparsityTable& table, std::size_t width) {
  std::size_t natural = display_width(kLayers);
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    natural = std::max(natural, display_width(table.rows.label(row)));
  const std::size_t others = display_width(table.heading) + kFrame;
  if (width == 0 || natural + others <= width) return natural;
  return std::max(display_width(kLayers), width - std::min(width, others));
}

void write_boxed(TextOut& out, const SparsityTable& table, std::size_t width) {
  Box box(out, name_width(table, width), display_width(table.heading));
  box.border();
  box.row(kLayers, table.heading);
  box.border();
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    box.row(table.rows.label(row), table.figure(row));
  box.border();
}

void write_marked(TextOut& out, const SparsityTable& table, std::size_t) {
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
  const std::string note = cut_note(profile, options, rows);
  const Statistics& totals = *profile.totals.statistics;
  for (std::size_t at = 0; at < totals.intervals.size(); ++at) {
    const IntervalCount& interval = totals.intervals[at];
    out << "\n" << sentence(totals, interval) << "\n\n" << note;
    write_table(out, SparsityTable{rows, at, column_heading(interval)}, options.width);
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
