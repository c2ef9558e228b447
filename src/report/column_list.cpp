#include "report/column_list.hpp"

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

bool any_repeats(const Rows& rows) {
  for (std::size_t row = 0; row < rows.size(); ++row)
    if (rows.repeats(row) > 1) return true;
  return false;
}

}  // namespace

void ColumnList::add_label(std::string heading) {
  columns_.push_back({std::move(heading), Align::left, kLabel,
                      [rows = rows_](std::size_t row) { return rows->label(row); }});
}

void ColumnList::add_repeats() {
  if (!any_repeats(*rows_)) return;
  columns_.push_back({"", Align::left, 90, [rows = rows_](std::size_t row) {
                        const std::size_t repeats = rows->repeats(row);
                        return repeats == 1 ? std::string() : "×" + grouped(repeats);
                      }});
}

void ColumnList::add_words(std::string heading, int importance, CellOf cell) {
  add_column(std::move(heading), Align::left, importance, std::move(cell));
}

void ColumnList::add(std::string_view measure, std::string heading, int importance, CellOf cell) {
  const bool asked = !asked_.empty() && measure == asked_;
  has_asked_ = has_asked_ || asked;
  add_column(std::move(heading), Align::right, asked ? kAsked : importance, std::move(cell));
}

bool ColumnList::lacks_asked() const { return !asked_.empty() && asked_ != "name" && !has_asked_; }

void ColumnList::add_column(std::string heading, Align align, int importance, CellOf cell) {
  columns_.push_back(
      {std::move(heading), align, importance,
       [rows = rows_, cell = std::move(cell)](std::size_t row) { return cell(rows->members(row)); }});
}

}  // namespace weightsieve
