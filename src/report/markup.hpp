// Markdown that names from files cannot break out of. Pure functions; the table is not thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "report/rows.hpp"
#include "report/text_out.hpp"

namespace weightsieve {

/// Safe to print, and free of what ends a table cell, begins an HTML tag or a list.
std::string markdown_text(std::string_view text);

/// For the target of a link: everything but letters, digits and `-._~/` is percent-encoded, so that a name
/// can be neither a script nor another site.
std::string link_target(std::string_view text);

/// Writes its heading at once; a row is cells and end_row(). A column whose heading ends in ':' is aligned to
/// the right.
class MarkdownTable {
 public:
  MarkdownTable(TextOut& out, const std::vector<std::string>& headings);

  MarkdownTable& cell(std::string_view text) {
    *out_ << "| " << text << " ";
    return *this;
  }
  void end_row() { *out_ << "|\n"; }

 private:
  TextOut* out_;
};

/// What a page says beyond the sections of the model-summary report.
void write_markdown_inventory(TextOut& out, const CheckpointProfile& profile);
/// `asked`: the measure that the layers are sorted by, which gets a column; empty where there is none.
void write_markdown_statistics(TextOut& out, const CheckpointProfile& profile, const Rows& layers,
                               std::string_view asked);
void write_markdown_remarks(TextOut& out, const CheckpointProfile& profile);

}  // namespace weightsieve
