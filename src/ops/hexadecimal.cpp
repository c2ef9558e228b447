#include "ops/hexadecimal.hpp"
#include "weightsieve/base/as_text.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace weightsieve {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string hexadecimal(Bytes bytes) {
  std::string text(2 * bytes.size(), '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<unsigned>(bytes[i]);
    text[2 * i] = kDigits[value >> 4];
    text[2 * i + 1] = kDigits[value & 15];
  }
  return text;
}

std::string hexadecimal(std::string_view text) { return hexadecimal(std::as_bytes(std::span(text))); }

std::vector<std::byte> bytes_of_hex(std::string_view hex) {
  std::vector<std::byte> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    unsigned value = 0;
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, value, 16);
    bytes[i] = static_cast<std::byte>(value);
  }
  return bytes;
}

std::string text_of_hex(std::string_view hex) {
  const std::vector<std::byte> bytes = bytes_of_hex(hex);
  return std::string(as_text(bytes));
}

std::string_view take_word(std::string_view& record) {
  const std::size_t end = std::min(record.find(' '), record.size());
  const std::string_view word = record.substr(0, end);
  record.remove_prefix(std::min(end + 1, record.size()));
  return word;
}

}  // namespace weightsieve
