// JSON as a stream: documents of any size in one small buffer, readable by people too.
// Containers are laid out one member a line, or in a row where they are small. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/text.hpp"

namespace weightsieve {

/// Appends `text` as a JSON string with its quotes. What escape_control() makes harmless is written as \uXXXX
/// and reads back the same; only bytes that are not UTF-8 come out as escape_control() shows them.
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
 public:
  enum class Layout : std::uint8_t {
    lines,  ///< a member a line, indented by two spaces
    row     ///< all on one line, and so is everything inside
  };

  explicit JsonWriter(const TextSink& sink) : sink_(&sink) {}

  JsonWriter& begin_object(Layout layout) { return begin('{', layout); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array(Layout layout) { return begin('[', layout); }
  JsonWriter& end_array() { return end(']'); }

  /// Of the object that is open; its value must follow.
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(double number);  ///< null when not finite
  JsonWriter& value(bool truth);
  JsonWriter& null() { return token("null"); }
  /// A number or literal that is JSON already.
  JsonWriter& token(std::string_view json);

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  /// Ends the document with a line break and hands the rest to the sink.
  void finish();

 private:
  struct Level {
    Layout layout;
    bool empty = true;
  };

  JsonWriter& begin(char bracket, Layout layout);
  JsonWriter& end(char bracket);
  void separate();
  void new_line(std::size_t depth);
  void flush();

  const TextSink* sink_;
  std::string buffer_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace weightsieve
