#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace weightsieve {
namespace {

struct Range {
  char32_t first, last;
};

/// Letters alone, but for a few code points that are not assigned (Unicode 15, UnicodeData.txt).
constexpr std::array<Range, 21> kPlainLetters{
    {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2AF},    {0x370, 0x373},   {0x376, 0x377},
     {0x37B, 0x37D},   {0x37F, 0x37F},   {0x386, 0x386},   {0x388, 0x3F5},   {0x3F7, 0x481},
     {0x48A, 0x556},   {0x561, 0x587},   {0x10D0, 0x10FA}, {0x1E00, 0x1EFF}, {0x3041, 0x3096},
     {0x30A1, 0x30FA}, {0x30FC, 0x30FC}, {0x3105, 0x312F}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},
     {0xAC00, 0xD7A3}}};

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return {};
  char32_t value = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0u) != 0x80u) return {};
    value = value << 6 | (byte & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[length] || value > 0x10FFFF || surrogate) return {};
  return {value, length};
}

bool is_plain_letter(char32_t c) noexcept {
  return std::ranges::any_of(kPlainLetters,
                             [c](const Range& range) { return c >= range.first && c <= range.last; });
}

bool is_hidden(char32_t c) noexcept {
  const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  const bool zero_width = (c >= 0x200B && c <= 0x200F) || c == 0xFEFF || c == 0x00AD;
  const bool reorders = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x061C;
  const bool breaks_line = c == 0x2028 || c == 0x2029;
  return control || zero_width || reorders || breaks_line;
}

}  // namespace weightsieve
