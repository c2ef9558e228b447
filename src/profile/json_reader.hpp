// Strict reading of a JSON document whose fields are all known: every deviation is an Error{malformed} with a
// PROFILE-… rule and the byte offset. Over simdjson's on-demand parser: one pass, nothing is built that the
// caller does not keep. Not thread-safe.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "weightsieve/base/error.hpp"
#include "weightsieve/tensor/number.hpp"

namespace weightsieve {

class JsonReader;

/// A value not yet read; good until the reader moves past it.
class JsonValue {
 public:
  JsonValue(simdjson::ondemand::value value, JsonReader& reader);

  std::uint64_t unsigned_integer();
  std::int64_t signed_integer();
  double number();
  Number exact_number();  ///< integers keep every digit
  bool truth();
  std::string text() { return std::string(text_view()); }
  std::string_view text_view();  ///< good as long as the reader
  bool is_null() const { return token_ == "null"; }

  /// Calls `visit(JsonValue)` for each element.
  template <class Visit>
  void for_each(Visit visit);

  /// Calls `visit(std::string_view key, JsonValue)` for each member, in the order of the document.
  template <class Visit>
  void for_each_member(Visit visit);

  [[noreturn]] void fail(std::string_view rule, const std::string& message) const;

  /// What stands here is not `allowed`.
  [[noreturn]] void fail_type(std::string_view allowed) const;

 private:
  template <class T>
  T require(simdjson::simdjson_result<T> result, std::string_view what);

  simdjson::ondemand::value value_;
  JsonReader* reader_;
  std::string_view token_;  ///< the scalar, or the bracket that opens; without white space around it
};

class JsonReader {
 public:
  /// Copies `json`. `file` is for messages only.
  JsonReader(std::string_view json, std::string file);

  /// The text of member `name` of the document when it has one; the document can still be read from its
  /// start.
  std::optional<std::string> peek_text(std::string_view name);

  JsonValue root();

  /// To be called when the root was read: nothing may follow it.
  void finish();

  [[noreturn]] void fail(std::string_view rule, const std::string& message, const char* at) const;
  /// Where the parser stands, or at `otherwise` when it cannot say.
  [[noreturn]] void fail(simdjson::error_code code, const char* otherwise);
  /// What was read, or fail().
  template <class T>
  T require(simdjson::simdjson_result<T> result, const char* otherwise);

 private:
  std::string file_;
  simdjson::padded_string json_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
};

[[noreturn]] void fail_unknown(std::string_view key, const JsonValue& value);

template <class T>
T JsonReader::require(simdjson::simdjson_result<T> result, const char* otherwise) {
  T content;
  if (const auto error = std::move(result).get(content)) fail(error, otherwise);
  return content;
}

template <class Visit>
void JsonValue::for_each(Visit visit) {
  auto array = require(value_.get_array(), "a list");
  for (auto item : array)
    visit(JsonValue(reader_->require(item, token_.data()), *reader_));
}

template <class Visit>
void JsonValue::for_each_member(Visit visit) {
  auto object = require(value_.get_object(), "an object");
  for (auto item : object) {
    auto field = reader_->require(item, token_.data());
    const std::string_view key = reader_->require(field.unescaped_key(), token_.data());
    visit(key, JsonValue(field.value(), *reader_));
  }
}

template <class T>
T JsonValue::require(simdjson::simdjson_result<T> result, std::string_view what) {
  T content;
  const auto error = std::move(result).get(content);
  if (error == simdjson::INCORRECT_TYPE) fail_type(what);
  if (error) reader_->fail(error, token_.data());
  return content;
}

// What a scalar or a list is read into decides how: an overload of read() a type. Modules add their own.
inline void read(JsonValue value, std::uint64_t& into) { into = value.unsigned_integer(); }
inline void read(JsonValue value, std::int64_t& into) { into = value.signed_integer(); }
inline void read(JsonValue value, double& into) { into = value.number(); }
inline void read(JsonValue value, bool& into) { into = value.truth(); }
inline void read(JsonValue value, std::string& into) { into = value.text_view(); }
inline void read(JsonValue value, std::string_view& into) { into = value.text_view(); }
inline void read(JsonValue value, Number& into) { into = value.exact_number(); }

/// null is nothing.
template <class T>
void read(JsonValue value, std::optional<T>& into) {
  if (!value.is_null()) read(value, into.emplace());
}

template <class T>
void read(JsonValue value, std::vector<T>& into) {
  into.clear();
  value.for_each([&into](JsonValue element) { read(element, into.emplace_back()); });
}

enum class Presence : std::uint8_t { required, optional };

/// A member that an object may have once, and where its value goes.
template <class T>
struct JsonField {
  std::string_view name;
  T* into;
  Presence presence;
  bool seen = false;

  bool take(std::string_view key, JsonValue value) {
    if (key != name) return false;
    if (seen) value.fail("PROFILE-FIELD", "field \"" + std::string(key) + "\" is there twice");
    seen = true;
    read(value, *into);
    return true;
  }
};

template <class T>
JsonField<T> field(std::string_view name, T& into, Presence presence = Presence::required) {
  return {name, &into, presence};
}

/// Fields that stand or fall together.
template <class... T>
using JsonFields = std::tuple<JsonField<T>...>;

template <class... T>
JsonFields<T...> fields(JsonField<T>... each) {
  return {each...};
}

template <class... T>
bool any_seen(const JsonFields<T...>& group) {
  return std::apply([](const auto&... each) { return (each.seen || ...); }, group);
}

template <class... T>
void require_all(const JsonValue& object, const JsonFields<T...>& group) {
  const auto require = [&object](std::string_view name, Presence presence, bool seen) {
    if (!seen && presence == Presence::required)
      object.fail("PROFILE-FIELD", "field \"" + std::string(name) + "\" is missing");
  };
  std::apply([&require](const auto&... each) { (require(each.name, each.presence, each.seen), ...); }, group);
}

/// Reads every member into the field of its name, in any order; an unknown one is an error. What must be
/// there is for the caller to require.
template <class... Group>
void read_members(JsonValue object, Group&... groups) {
  object.for_each_member([&](std::string_view key, JsonValue value) {
    const auto take = [&](auto&... each) { return (each.take(key, value) || ...); };
    if (!(std::apply(take, groups) || ...)) fail_unknown(key, value);
  });
}

/// Reads an object that has these members and no others.
template <class... T>
void read_object(JsonValue object, JsonField<T>... each) {
  auto group = fields(each...);
  read_members(object, group);
  require_all(object, group);
}

}  // namespace weightsieve
