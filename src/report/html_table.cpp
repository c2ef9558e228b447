#include "report/html_table.hpp"

#include "report/figures.hpp"
#include "report/html_text.hpp"

namespace weightsieve {

HtmlTable::HtmlTable(TextOut& out, const std::vector<HtmlColumn>& columns, bool searchable)
    : out_(&out), searchable_(searchable) {
  *out_ << (searchable ? R"(<div class="scroll" tabindex="0"><table class="searchable">)"
                       : R"(<div class="wide"><table>)")
        << "\n<thead><tr>";
  for (const HtmlColumn& column : columns) {
    *out_ << R"(<th scope="col")";
    if (column.is_figure) *out_ << R"( class="figure")";
    if (!column.field.empty()) *out_ << R"( data-field=")" << html_text(column.field) << R"(")";
    *out_ << ">" << html_text(column.heading) << "</th>";
  }
  *out_ << "</tr></thead>\n<tbody>\n";
}

HtmlTable::~HtmlTable() { *out_ << "</tbody>\n</table></div>\n"; }

HtmlTable& HtmlTable::label(std::string_view text) {
  *out_ << R"(<tr><th scope="row">)" << breakable_text(text) << "</th>";
  return *this;
}

HtmlTable& HtmlTable::text(std::string_view text) {
  *out_ << "<td>" << html_text(text) << "</td>";
  return *this;
}

HtmlTable& HtmlTable::figure(std::string_view text, std::string_view exact) {
  *out_ << R"(<td data-v=")" << html_text(exact) << R"(">)" << html_text(text) << "</td>";
  return *this;
}

HtmlTable& HtmlTable::number(const std::optional<double>& value) {
  return figure(number_text(value), exact_text(value));
}

HtmlTable& HtmlTable::percent(const std::optional<double>& value) {
  return figure(honest_percent(value), exact_text(value));
}

HtmlTable& HtmlTable::markup(std::string_view markup) {
  *out_ << "<td>" << markup << "</td>";
  return *this;
}

}  // namespace weightsieve
