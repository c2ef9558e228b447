// Plain text in columns, for --help.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weightsieve::cli {

/// `left`, then `right` broken at spaces into lines between `column` and `width`; a left part that reaches
/// the column stands on a line of its own. Ends with a newline.
std::string two_columns(std::string_view left, std::string_view right, std::size_t column, std::size_t width);

}  // namespace weightsieve::cli
