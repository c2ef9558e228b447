// What text looks like on a terminal: how wide it is, how it is cut, how it is set off. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace weightsieve {

/// Columns that valid UTF-8 without control characters takes: East Asian wide characters and emoji two,
/// combining marks none.
std::size_t display_width(std::string_view text) noexcept;

/// The text, or its start and its longer end around "…" when it is wider than `width`.
std::string shortened(const std::string& text, std::size_t width);

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
