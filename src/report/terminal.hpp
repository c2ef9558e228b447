// What text looks like on a terminal: how wide it is, where it breaks, how it is set off. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weightsieve {

/// Columns that valid UTF-8 without control characters takes: East Asian wide characters and emoji two,
/// combining marks none.
std::size_t display_width(std::string_view text) noexcept;

/// The text in pieces of at most `width` columns (a character wider than that apart). A piece ends behind one
/// of the `breaks` where there is one, else anywhere.
std::vector<std::string_view> broken(std::string_view text, std::size_t width, std::string_view breaks);

/// What ends the parts of a tensor's name, for broken().
inline constexpr std::string_view kNameBreaks = "./";

/// Emphasis by terminal colours, or none.
class Style {
 public:
  explicit Style(bool color) noexcept : color_(color) {}

  std::string heading(std::string_view text) const { return wrapped("1", text); }
  std::string faint(std::string_view text) const { return wrapped("2", text); }
  std::string warning(std::string_view text) const { return wrapped("33", text); }

 private:
  std::string wrapped(std::string_view code, std::string_view text) const;

  bool color_;
};

}  // namespace weightsieve
