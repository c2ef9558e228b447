// A JSON object that stands somewhere in a file: read whole, then walked from front to back.
//
// simdjson's On-Demand parser walks; what it leaves open is closed here: what is of no interest is checked
// too, nothing may follow the object, nesting is limited, and every failure becomes Error{malformed} with a
// rule of whoever reads and the offset in the file. One thread.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "weightsieve/format/rules.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

using JsonValue = simdjson::ondemand::value;

/// The rules that a text breaks which is no JSON.
struct JsonRules {
  Rule utf8;
  Rule syntax;
  Rule depth;
};

/// Objects and arrays inside each other, the outermost included.
inline constexpr int kMaxJsonDepth = 64;

class JsonText {
 public:
  /// Copies `length` bytes of the file from `offset_bytes` on. Requires a range inside the file. Memory: the
  /// length and, while it is walked, 4 bytes a token and the strings that are asked for.
  JsonText(const Source& source, std::uint64_t offset_bytes, std::size_t length, const JsonRules& rules);

  /// Calls visit(key, value, at) for each member of the outermost object, in order: the key unescaped, its
  /// offset in the file. Another walk makes void what this one handed out.
  template <class Visit>
  void walk(const Visit& visit);

  /// The same for the members of an object inside, and visit(value, at) for the elements of an array. Throws
  /// by `rule` what is no object or array.
  template <class Visit>
  void members(JsonValue value, const Rule& rule, const Visit& visit);
  template <class Visit>
  void elements(JsonValue value, const Rule& rule, const Visit& visit);

  /// The string, unescaped; throws by `rule` what is none.
  std::string_view string(JsonValue value, const Rule& rule);

  /// The text of a scalar; of an object or array its bracket.
  static std::string_view token(JsonValue value);

  /// Checks a value of no interest: it must be JSON all through.
  void check(JsonValue value);

  /// The offset in the file of the `occurrence`-th (from 0) member of the outermost object called `key`. A
  /// walk of its own.
  std::uint64_t find(std::string_view key, std::size_t occurrence);

  /// During a walk: the offset in the file of what comes next, a value that is not yet read for one.
  std::uint64_t here();

  /// The first byte; 0 of an empty text.
  char first() const noexcept { return bytes_.size() == 0 ? '\0' : *bytes_.data(); }

  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message,
                         std::string_view tensor = {}) const;

 private:
  template <class Visit>
  void each_member(simdjson::ondemand::object object, const Visit& visit);
  template <class Visit>
  void each_element(simdjson::ondemand::array array, const Visit& visit);
  void start();
  void expect_end();
  void enter();
  void check_scalar(JsonValue value);
  std::uint64_t place_of(simdjson::error_code error) const;
  [[noreturn]] void fail_json(simdjson::error_code error) const;
  [[noreturn]] void fail_kind(JsonValue value, const Rule& rule, std::string_view wanted);

  std::string file_;
  std::uint64_t offset_bytes_;
  JsonRules rules_;
  simdjson::padded_string bytes_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  int depth_ = 0;       ///< objects and arrays that are open
  std::uint64_t mark_;  ///< offset in the file of what is read now
};

template <class Visit>
void JsonText::walk(const Visit& visit) {
  try {
    start();
    each_member(document_.get_object(), visit);
    expect_end();
  } catch (const simdjson::simdjson_error& error) {
    fail_json(error.error());
  }
}

template <class Visit>
void JsonText::members(JsonValue value, const Rule& rule, const Visit& visit) {
  if (token(value) != "{") fail_kind(value, rule, "an object");
  each_member(value.get_object(), visit);
}

template <class Visit>
void JsonText::elements(JsonValue value, const Rule& rule, const Visit& visit) {
  if (token(value) != "[") fail_kind(value, rule, "an array");
  each_element(value.get_array(), visit);
}

template <class Visit>
void JsonText::each_member(simdjson::ondemand::object object, const Visit& visit) {
  enter();
  const simdjson::ondemand::object_iterator end = object.end();
  simdjson::ondemand::object_iterator it = object.begin();
  while (it != end) {
    const std::uint64_t at = mark_ = here();
    simdjson::ondemand::field field = *it;
    const std::string_view key = field.unescaped_key();
    visit(key, field.value(), at);
    mark_ = here();
    ++it;
  }
  --depth_;
}

template <class Visit>
void JsonText::each_element(simdjson::ondemand::array array, const Visit& visit) {
  enter();
  const simdjson::ondemand::array_iterator end = array.end();
  simdjson::ondemand::array_iterator it = array.begin();
  while (it != end) {
    const std::uint64_t at = mark_ = here();
    visit(JsonValue(*it), at);
    mark_ = here();
    ++it;
  }
  --depth_;
}

}  // namespace weightsieve::format
