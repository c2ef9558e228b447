// Numbers and names as text, the same bytes in every locale. Free functions, safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weightsieve {

/// Takes text piece by piece, in order.
using TextSink = std::function<void(std::string_view)>;

/// Makes text from a file safe to print: control characters, bytes that are not UTF-8 and the Unicode
/// characters that reorder or hide text become `\n`, `\x1b`, `\u{202e}`. A backslash stays as it is.
std::string escape_control(std::string_view text);

/// The text without characters beyond ASCII: marks that reports draw with become alike ones of the same width
/// ("≈" is "~", bars are "#"), all others `\u{3b1}`. Requires valid UTF-8.
std::string to_ascii(std::string_view text);

/// How many of the first bytes are valid UTF-8: text.size() when all are. Overlong forms and surrogates are
/// not.
std::size_t valid_utf8_length(std::string_view text) noexcept;

/// How many bytes a letter beyond ASCII that `text` begins with has: one of a script that is written from
/// left to right with a character a letter, so that it means nothing to any command language and leaves alone
/// what stands beside it. 0 for all else. Requires some text.
std::size_t plain_letter_length(std::string_view text) noexcept;

/// The shortest decimal text that reads back to the same double ("0.1", "1e-05", "-inf", "nan").
std::string shortest(double value);

/// Fixed notation with `decimals` digits after the point, rounded half to even on the exact binary value.
std::string fixed(double value, int decimals);

/// Bytes as the model-summary report writes them: three decimals and the largest of B, KiB, MiB, GiB, TiB
/// that keeps the number at or above one ("417.647 MiB"). Below one KiB: "512 B".
std::string binary_size(std::uint64_t bytes);

/// A count with thousands separated by commas ("1,048,576").
std::string grouped(std::uint64_t count);

}  // namespace weightsieve
