// Reading UTF-8 that may not be: the one decoder of the module. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace weightsieve {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< bytes used; 0: not valid UTF-8
};

/// Decodes the code point that starts at `text[at]`; rejects overlong forms and surrogates (Unicode 15, D92).
CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept;

/// Whether it is a letter beyond ASCII of Latin, Greek, Cyrillic, Armenian, Georgian, kana, bopomofo, Hangul
/// or Chinese, of which each stands for itself, from left to right.
bool is_plain_letter(char32_t c) noexcept;

/// Whether a terminal or reader would not show it as itself: controls, zero width, reordering, line breaks.
bool is_hidden(char32_t c) noexcept;

}  // namespace weightsieve
