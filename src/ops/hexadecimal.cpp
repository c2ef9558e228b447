#include "ops/hexadecimal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

namespace weightsieve {

std::string hexadecimal(Bytes bytes) {
  std::string text;
  text.reserve(2 * bytes.size() + 1);
  for (const std::byte b : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned>(b));
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
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view take_word(std::string_view& record) {
  const std::size_t end = std::min(record.find(' '), record.size());
  const std::string_view word = record.substr(0, end);
  record.remove_prefix(std::min(end + 1, record.size()));
  return word;
}

}  // namespace weightsieve
