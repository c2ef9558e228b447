#include "report/terminal.hpp"

#include <algorithm>
#include <array>

namespace weightsieve {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Unicode 15: East Asian Width W and F, in blocks.
constexpr std::array kWide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
                           Range{0xA960, 0xA97C},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
                           Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
                           Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF},
                           Range{0x20000, 0x3FFFD}};

/// Combining marks of the common blocks and variation selectors.
constexpr std::array kMarks{Range{0x0300, 0x036F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
                            Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t c) noexcept {
  return std::ranges::any_of(ranges, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::size_t character_width(char32_t c) noexcept {
  if (c < 0x300) return 1;
  if (within(kMarks, c)) return 0;
  return within(kWide, c) ? 2 : 1;
}

/// Bytes of the UTF-8 character that begins with `lead`.
std::size_t character_bytes(char lead) noexcept {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::size_t width_at(std::string_view text, std::size_t at) noexcept {
  const std::size_t length = std::min(character_bytes(text[at]), text.size() - at);
  char32_t c = static_cast<unsigned char>(text[at]);
  if (length > 1) c &= 0x7Fu >> length;
  for (std::size_t i = 1; i < length; ++i)
    c = c << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
  return character_width(c);
}

bool is_ascii(std::string_view text) noexcept {
  unsigned char all = 0;
  for (const char c : text)
    all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

/// The longest beginning of at most `width` columns.
std::string_view head(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t columns = width_at(text, end);
    if (columns > width) break;
    width -= columns;
    end += character_bytes(text[end]);
  }
  return text.substr(0, end);
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
  if (is_ascii(text)) return text.size();
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text[at]))
    width += width_at(text, at);
  return width;
}

std::vector<std::string_view> broken(std::string_view text, std::size_t width, std::string_view breaks) {
  std::vector<std::string_view> pieces;
  while (display_width(text) > width) {
    std::string_view piece = head(text, width);
    if (piece.empty()) piece = text.substr(0, character_bytes(text[0]));
    const std::size_t last = piece.find_last_of(breaks);
    if (last != std::string_view::npos) piece = piece.substr(0, last + 1);
    pieces.push_back(piece);
    text.remove_prefix(piece.size());
  }
  if (!text.empty() || pieces.empty()) pieces.push_back(text);
  return pieces;
}

std::string Style::wrapped(std::string_view code, std::string_view text) const {
  if (!color_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace weightsieve
