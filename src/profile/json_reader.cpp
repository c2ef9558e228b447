#include "profile/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weightsieve {
namespace {

constexpr std::size_t kExcerptBytes = 60;

std::string_view trimmed(std::string_view token) {
  const auto last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

template <class Integer>
std::optional<Integer> integer_in(std::string_view token) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc{} || end != token.data() + token.size()) return std::nullopt;
  return value;
}

}  // namespace

JsonValue::JsonValue(simdjson::ondemand::value value, JsonReader& reader)
    : value_(value), reader_(&reader), token_(trimmed(value_.raw_json_token())) {}

std::uint64_t JsonValue::unsigned_integer() {
  std::uint64_t integer = 0;
  if (value_.get_uint64().get(integer)) fail_type("a count");
  return integer;
}

std::int64_t JsonValue::signed_integer() {
  std::int64_t integer = 0;
  if (value_.get_int64().get(integer)) fail_type("an integer");
  return integer;
}

double JsonValue::number() {
  double number = 0;
  if (value_.get_double().get(number)) fail_type("a number");
  return number;
}

Number JsonValue::exact_number() {
  const double real = number();
  if (token_ == "-0") return Number(real);
  if (const auto integer = integer_in<std::int64_t>(token_)) return Number(*integer);
  if (const auto integer = integer_in<std::uint64_t>(token_)) return Number(*integer);
  return Number(real);
}

bool JsonValue::truth() { return require(value_.get_bool(), "true or false"); }

std::string_view JsonValue::text_view() { return require(value_.get_string(), "a string"); }

void JsonValue::fail(std::string_view rule, const std::string& message) const {
  reader_->fail(rule, message, token_.data());
}

void JsonValue::fail_type(std::string_view allowed) const {
  fail("PROFILE-TYPE", fmt::format("found {}, allowed is {}", token_.substr(0, kExcerptBytes), allowed));
}

void fail_unknown(std::string_view key, const JsonValue& value) {
  value.fail("PROFILE-FIELD", fmt::format("field \"{}\" is not known here", key.substr(0, kExcerptBytes)));
}

JsonReader::JsonReader(std::string_view json, std::string file) : file_(std::move(file)), json_(json) {
  if (const auto error = parser_.iterate(json_).get(document_))
    fail(error == simdjson::CAPACITY ? "PROFILE-SIZE" : "PROFILE-JSON", simdjson::error_message(error),
         json_.data());
}

std::optional<std::string> JsonReader::peek_text(std::string_view name) {
  std::string_view text;
  const auto error = document_.find_field_unordered(name).get_string().get(text);
  const bool absent = error == simdjson::NO_SUCH_FIELD || error == simdjson::INCORRECT_TYPE;
  if (error && !absent) fail(error, json_.data());
  std::optional<std::string> found;
  if (!error) found = std::string(text);
  document_.rewind();
  return found;
}

JsonValue JsonReader::root() { return {require(document_.get_value(), json_.data()), *this}; }

void JsonReader::finish() {
  const char* rest = nullptr;
  if (!document_.current_location().get(rest)) fail("PROFILE-JSON", "something follows the document", rest);
}

void JsonReader::fail(std::string_view rule, const std::string& message, const char* at) const {
  const auto offset = static_cast<std::uint64_t>(
      std::clamp<std::ptrdiff_t>(at - json_.data(), 0, static_cast<std::ptrdiff_t>(json_.size())));
  throw Error(ErrorCode::malformed, message,
              {.file = file_, .offset_bytes = offset, .tensor = {}, .rule = std::string(rule)});
}

void JsonReader::fail(simdjson::error_code code, const char* otherwise) {
  const char* at = otherwise;
  if (document_.current_location().get(at)) at = otherwise;
  fail(code == simdjson::CAPACITY ? "PROFILE-SIZE" : "PROFILE-JSON", simdjson::error_message(code), at);
}

}  // namespace weightsieve
