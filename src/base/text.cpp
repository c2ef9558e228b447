#include "weightsieve/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace weightsieve {
namespace {

/// Most names are: worth a quick look, for a report shows millions of them.
bool is_plain_ascii(std::string_view text) {
  bool plain = true;
  for (const char c : text)
    plain &= c >= 0x20 && c <= 0x7E;
  return plain;
}

std::string escaped_code_point(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  const auto value = static_cast<std::uint32_t>(c);
  return value < 0x100 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{{{:x}}}", value);
}

struct Mark {
  std::string_view drawn, ascii;
};

// Of the same width, but for the arrow, which stands in no table.
constexpr std::array<Mark, 21> kMarks{
    {{" ≥", ">="}, {"≈", "~"}, {"–", "-"}, {"×", "x"}, {"…", "."}, {"→", "->"}, {"▏", "."},
     {"▎", "."},   {"▍", "."}, {"▌", ":"}, {"▋", ":"}, {"▊", ":"}, {"▉", ":"},  {"█", "#"},
     {"▁", "_"},   {"▂", "."}, {"▃", "-"}, {"▄", "="}, {"▅", "+"}, {"▆", "*"},  {"▇", "%"}}};

}  // namespace

std::string escape_control(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_utf8(text, i);
    if (c.length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      ++i;
      continue;
    }
    if (is_hidden(c.value)) {
      out += escaped_code_point(c.value);
    } else {
      out.append(text, i, c.length);
    }
    i += c.length;
  }
  return out;
}

std::string to_ascii(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto mark = std::ranges::find_if(
        kMarks, [rest = text.substr(i)](const Mark& each) { return rest.starts_with(each.drawn); });
    if (mark != kMarks.end()) {
      out += mark->ascii;
      i += mark->drawn.size();
      continue;
    }
    const CodePoint c = decode_utf8(text, i);
    out += c.value < 0x80 ? std::string(1, text[i]) : escaped_code_point(c.value);
    i += std::max<std::size_t>(c.length, 1);
  }
  return out;
}

std::size_t plain_letter_length(std::string_view text) noexcept {
  const CodePoint c = decode_utf8(text, 0);
  return c.length > 0 && is_plain_letter(c.value) ? c.length : 0;
}

std::size_t valid_utf8_length(std::string_view text) noexcept {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  auto at = static_cast<std::size_t>(std::ranges::find_if_not(text, is_ascii) - text.begin());
  while (at < text.size()) {
    const CodePoint c = decode_utf8(text, at);
    if (c.length == 0) break;
    at += c.length;
  }
  return at;
}

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals)
          .ptr;
  return {buffer.data(), end};
}

std::string binary_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit)
    size /= 1024;
  return fmt::format("{} {}", fixed(size, 3), units[unit]);
}

std::string grouped(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace weightsieve
