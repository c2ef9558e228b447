#include "cli/wrap.hpp"

namespace weightsieve::cli {

std::string two_columns(std::string_view left, std::string_view right, std::size_t column,
                        std::size_t width) {
  std::string text(left);
  std::size_t at = left.size();
  const auto next_line = [&] {
    text += '\n';
    at = 0;
  };
  if (at + 1 > column) next_line();
  while (!right.empty()) {
    const std::size_t space = std::min(right.find(' '), right.size());
    if (at > column && at + 1 + space > width) next_line();
    const std::size_t gap = at < column ? column - at : 1;
    text.append(gap, ' ').append(right.substr(0, space));
    at += gap + space;
    right.remove_prefix(std::min(space + 1, right.size()));
  }
  return text + '\n';
}

}  // namespace weightsieve::cli
