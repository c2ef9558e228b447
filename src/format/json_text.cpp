#include "format/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "format/problem_log.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

/// Small pieces, so that reading a header through a mapping keeps few pages of it resident.
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

simdjson::padded_string read_padded(const Source& source, std::uint64_t offset_bytes, std::size_t length) {
  simdjson::padded_string bytes(length);
  if (bytes.data() == nullptr) throw std::bad_alloc();
  const auto cursor = source.cursor();
  for (std::size_t done = 0; done < length;) {
    const Bytes piece = cursor->view(offset_bytes + done, std::min(kPieceBytes, length - done));
    std::memcpy(bytes.data() + done, piece.data(), piece.size());
    done += piece.size();
  }
  // A mapping of a file that got shorter reads as zeros: not the writer's fault.
  source.check_unchanged();
  return bytes;
}

/// Where the first string begins that is never closed, or where the first control character inside a string
/// stands. Requires a text that has either.
std::size_t bad_string(std::string_view text) {
  std::size_t quote = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = quote != std::string_view::npos;
    if (text[i] == '"') {
      quote = inside ? std::string_view::npos : i;
    } else if (inside && text[i] == '\\') {
      ++i;
    } else if (inside && static_cast<unsigned char>(text[i]) < 0x20) {
      return i;
    }
  }
  return std::min(quote, text.size());
}

}  // namespace

JsonText::JsonText(const Source& source, std::uint64_t offset_bytes, std::size_t length,
                   const JsonRules& rules)
    : file_(source.path()),
      offset_bytes_(offset_bytes),
      rules_(rules),
      bytes_(read_padded(source, offset_bytes, length)),
      mark_(offset_bytes) {}

void JsonText::start() {
  depth_ = 0;
  mark_ = offset_bytes_;
  document_ = parser_.iterate(bytes_);
}

void JsonText::expect_end() {
  const auto rest = document_.current_location();
  if (rest.error() == simdjson::OUT_OF_BOUNDS) return;
  fail(rules_.syntax, here(), "something follows the JSON object; only white space may");
}

void JsonText::enter() {
  if (++depth_ > kMaxJsonDepth)
    fail(rules_.depth, mark_, fmt::format("nested more than {} deep", kMaxJsonDepth));
}

std::string_view JsonText::string(JsonValue value, const Rule& rule) {
  if (token(value).front() != '"') fail_kind(value, rule, "a string");
  mark_ = here();
  const std::string_view text = value.get_string();
  return text;
}

std::string_view JsonText::token(JsonValue value) {
  const std::string_view text = value.raw_json_token();
  return text.substr(0, text.find_last_not_of(kWhiteSpace) + 1);
}

void JsonText::check(JsonValue value) {
  const std::string_view text = token(value);
  mark_ = here();
  if (text == "{") {
    each_member(value.get_object(), [&](std::string_view, JsonValue inner, std::uint64_t) { check(inner); });
  } else if (text == "[") {
    each_element(value.get_array(), [&](JsonValue inner, std::uint64_t) { check(inner); });
  } else {
    check_scalar(value);
  }
}

void JsonText::check_scalar(JsonValue value) {
  const std::string_view text = token(value);
  if (text == "true" || text == "false" || text == "null") return;
  if (text.front() == '"') {
    value.get_string().value();
  } else {
    value.get_double().value();
  }
}

std::uint64_t JsonText::find(std::string_view key, std::size_t occurrence) {
  std::uint64_t found = offset_bytes_;
  std::size_t met = 0;
  walk([&](std::string_view name, JsonValue, std::uint64_t at) {
    if (name == key && met++ == occurrence) found = at;
  });
  return found;
}

std::uint64_t JsonText::here() {
  const char* location = nullptr;
  if (document_.current_location().get(location) != simdjson::SUCCESS) return offset_bytes_ + bytes_.size();
  return offset_bytes_ + static_cast<std::uint64_t>(location - bytes_.data());
}

std::uint64_t JsonText::place_of(simdjson::error_code error) const {
  const std::string_view text = bytes_;
  const std::size_t last = text.find_last_not_of(kWhiteSpace);
  switch (error) {
    case simdjson::UTF8_ERROR:
      return offset_bytes_ + valid_utf8_length(text);
    case simdjson::UNCLOSED_STRING:
    case simdjson::UNESCAPED_CHARS:
      return offset_bytes_ + bad_string(text);
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return offset_bytes_ + last;
    default:
      return mark_;
  }
}

void JsonText::fail_json(simdjson::error_code error) const {
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  const Rule& rule = error == simdjson::UTF8_ERROR ? rules_.utf8 : rules_.syntax;
  fail(rule, place_of(error), fmt::format("is not a JSON object: {}", simdjson::error_message(error)));
}

void JsonText::fail_kind(JsonValue value, const Rule& rule, std::string_view wanted) {
  fail(rule, here(), fmt::format("found {}; must be {}", in_quotes(token(value)), wanted));
}

void JsonText::fail(const Rule& rule, std::uint64_t at, const std::string& message,
                    std::string_view tensor) const {
  reject(rule, file_, at, message, tensor);
}

}  // namespace weightsieve::format
