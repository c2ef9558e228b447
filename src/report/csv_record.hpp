// One line of RFC 4180: fields between commas, quoted where they must be; ended by LF alone, because a CR
// would stick to the last field in cut, awk and join. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "report/text_out.hpp"

namespace weightsieve {

class CsvRecord {
 public:
  explicit CsvRecord(TextOut& out) : out_(&out) {}

  CsvRecord& field(std::string_view text);
  CsvRecord& field(std::uint64_t number) { return field(std::to_string(number)); }
  CsvRecord& field(double number) { return field(shortest(number)); }

  /// Empty for what does not exist.
  template <class T>
  CsvRecord& field(const std::optional<T>& content) {
    return content ? field(*content) : field(std::string_view());
  }

  void end();

 private:
  TextOut* out_;
  bool first_ = true;
};

}  // namespace weightsieve
