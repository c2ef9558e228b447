#include "weightsieve/base/text.hpp"

#include <catch2/catch.hpp>

#include "weightsieve/base/error.hpp"

using namespace weightsieve;

TEST_CASE("hostile names become harmless, honest ones stay as they are") {
  CHECK(escape_control("model.layers.0.wq") == "model.layers.0.wq");
  CHECK(escape_control("größe–重み") == "größe–重み");
  CHECK(escape_control("a\nb\x1b[31m") == "a\\nb\\x1b[31m");
  CHECK(escape_control(std::string_view("nul\0", 4)) == "nul\\x00");
  CHECK(escape_control("x\u202Ey") == "x\\u{202e}y");
  CHECK(escape_control("\xC0\xAF \xED\xA0\x80 \xFF") == "\\xc0\\xaf \\xed\\xa0\\x80 \\xff");
}

TEST_CASE("text is valid UTF-8 up to its first offending byte") {
  CHECK(valid_utf8_length("") == 0);
  CHECK(valid_utf8_length("重み") == 6);
  CHECK(valid_utf8_length("a\xFF") == 1);
  CHECK(valid_utf8_length("ab\xC0\xAF") == 2);
  CHECK(valid_utf8_length("\xED\xA0\x80") == 0);
  CHECK(valid_utf8_length("x\xE9\x87") == 1);
}

TEST_CASE("numbers are the shortest text that reads back, in every locale") {
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(5e-324) == "5e-324");
  CHECK(shortest(-0.0) == "-0");
  CHECK(fixed(99.905, 2) == "99.91");
  CHECK(fixed(0.125, 2) == "0.12");
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1048576) == "1,048,576");
}

TEST_CASE("marks become like ones of ASCII, all else its code point") {
  CHECK(to_ascii("plain \033[1m text\n") == "plain \033[1m text\n");
  CHECK(to_ascii("≈0.1–0.2 ×12 …") == "~0.1-0.2 x12 .");
  CHECK(to_ascii("magnitude ≥") == "magnitude>=");
  CHECK(to_ascii("█▌▏ ▁▇") == "#:. _%");
  CHECK(to_ascii("α.weight 重") == "\\u{3b1}.weight \\u{91cd}");
}

TEST_CASE("sizes read as in the model-summary report") {
  CHECK(binary_size(512) == "512 B");
  CHECK(binary_size(1024) == "1.000 KiB");
  CHECK(binary_size(437'935'104) == "417.647 MiB");
  CHECK(binary_size(45'233'078'272) == "42.127 GiB");
}

TEST_CASE("an error is one line that says where, what and by which rule") {
  const Error error(ErrorCode::malformed, "begins at 4,\nmust begin at 0",
                    {.file = "m.safetensors", .offset_bytes = 12, .tensor = "a", .rule = "ST-HOLE"});
  CHECK(std::string(error.what()) ==
        "m.safetensors: byte 12: tensor \"a\": begins at 4,\\nmust begin at 0 [ST-HOLE]");
}
