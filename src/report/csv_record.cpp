#include "report/csv_record.hpp"

namespace weightsieve {

CsvRecord& CsvRecord::field(std::string_view text) {
  if (!first_) *out_ << ",";
  first_ = false;
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    *out_ << text;
    return *this;
  }
  *out_ << "\"";
  for (const char& c : text)
    *out_ << (c == '"' ? std::string_view("\"\"") : std::string_view(&c, 1));
  *out_ << "\"";
  return *this;
}

void CsvRecord::end() {
  *out_ << "\n";
  first_ = true;
}

}  // namespace weightsieve
