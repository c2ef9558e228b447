#include "weightsieve/base/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kFlushBytes = std::size_t{64} << 10;

template <class T>
void append_number(std::string& out, T number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_plain(char c) { return c >= 0x20 && c <= 0x7E && c != '"' && c != '\\'; }

void append_escape(std::string& out, char32_t c) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += hex[c >> shift & 0xF];
}

/// Appends the character or the stray byte at the start of `text`; returns how many bytes that was.
std::size_t append_character(std::string& out, std::string_view text) {
  const CodePoint c = decode_utf8(text, 0);
  if (c.length == 0) {
    out += '\\';
    out += escape_control(text.substr(0, 1));
    return 1;
  }
  if (c.value == '"' || c.value == '\\') {
    out += '\\';
    out += text[0];
  } else if (is_hidden(c.value)) {
    append_escape(out, c.value);
  } else {
    out.append(text, 0, c.length);
  }
  return c.length;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain]))
      ++plain;
    out.append(text, 0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_character(out, text));
  }
  out += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(buffer_, name);
  buffer_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(buffer_, text);
  return *this;
}

JsonWriter& JsonWriter::value(std::uint64_t number) {
  separate();
  append_number(buffer_, number);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  separate();
  append_number(buffer_, number);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  append_number(buffer_, number);
  return *this;
}

JsonWriter& JsonWriter::value(bool truth) { return token(truth ? "true" : "false"); }

JsonWriter& JsonWriter::token(std::string_view json) {
  separate();
  buffer_ += json;
  return *this;
}

void JsonWriter::finish() {
  buffer_ += '\n';
  flush();
}

JsonWriter& JsonWriter::begin(char bracket, Layout layout) {
  separate();
  buffer_ += bracket;
  const bool in_row = !levels_.empty() && levels_.back().layout == Layout::row;
  levels_.push_back({in_row ? Layout::row : layout});
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::lines && !level.empty) new_line(levels_.size());
  buffer_ += bracket;
  if (buffer_.size() >= kFlushBytes) flush();
  return *this;
}

void JsonWriter::separate() {
  if (after_key_ || levels_.empty()) {
    after_key_ = false;
    return;
  }
  Level& level = levels_.back();
  if (!level.empty) buffer_ += level.layout == Layout::row ? ", " : ",";
  if (level.layout == Layout::lines) new_line(levels_.size());
  level.empty = false;
}

void JsonWriter::new_line(std::size_t depth) {
  buffer_ += '\n';
  buffer_.append(2 * depth, ' ');
}

void JsonWriter::flush() {
  (*sink_)(buffer_);
  buffer_.clear();
}

}  // namespace weightsieve
