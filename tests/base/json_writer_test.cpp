#include "weightsieve/base/json_writer.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace weightsieve;
using Layout = JsonWriter::Layout;

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("JSON strings keep every character and show none that hides") {
  CHECK(quoted("model.layers.0") == R"("model.layers.0")");
  CHECK(quoted("größe–重み") == R"("größe–重み")");
  CHECK(quoted("a\"b\\c\nd") == R"("a\"b\\c\u000ad")");
  CHECK(quoted(std::string_view("\0\x1b", 2)) == R"("\u0000\u001b")");
  CHECK(quoted("x\u202Ey\x7F") == R"("x\u202ey\u007f")");
  CHECK(quoted("\xFF\xC0\xAF") == R"("\\xff\\xc0\\xaf")");
}

TEST_CASE("a document is laid out in lines and rows") {
  std::string text;
  const TextSink sink = [&text](std::string_view piece) { text += piece; };
  JsonWriter json(sink);
  json.begin_object(Layout::lines).member("name", "a");
  json.key("none").begin_array(Layout::lines).end_array();
  json.key("rows").begin_array(Layout::lines);
  json.begin_object(Layout::row).member("x", std::uint64_t{18'446'744'073'709'551'615u});
  json.key("deep").begin_array(Layout::lines).value(0.1).null().value(true).end_array().end_object();
  json.begin_object(Layout::row).end_object().end_array();
  json.member("inf", std::numeric_limits<double>::infinity()).end_object().finish();
  CHECK(text == R"({
  "name": "a",
  "none": [],
  "rows": [
    {"x": 18446744073709551615, "deep": [0.1, null, true]},
    {}
  ],
  "inf": null
}
)");
}
