// Rows S01 to S40 of the list of malformed inputs, and names that mean harm.
#include <catch2/catch.hpp>

#include "format/verdict.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::uint64_t kHeaderBegin = 8;
const std::string kFour(4, '\1');

/// Offset in the file of the first (or the n-th) place where `text` stands in the header.
std::uint64_t offset_of(std::string_view header, std::string_view text, int n = 1) {
  std::size_t at = header.find(text);
  while (--n > 0)
    at = header.find(text, at + 1);
  REQUIRE(at != std::string_view::npos);
  return kHeaderBegin + at;
}

/// A header of one tensor "a", U8 [4] on [0,4], with one of its parts replaced.
std::string one_entry(std::string_view dtype = R"("U8")", std::string_view shape = "[4]",
                      std::string_view offsets = "[0,4]") {
  std::string text = R"({"a":{"dtype":)" + std::string(dtype) + R"(,"shape":)" + std::string(shape);
  return text + R"(,"data_offsets":)" + std::string(offsets) + "}}";
}

TEST_CASE("S01 empty file") { rejects_file("", "ST-HEADER-TOO-SMALL", 0); }

TEST_CASE("S02 one to seven bytes") {
  for (std::size_t size = 1; size < 8; ++size)
    rejects_file(std::string(size, '\2'), "ST-HEADER-TOO-SMALL", size);
}

TEST_CASE("S03 header of no bytes") { rejects_header("", "ST-JSON", 8); }

TEST_CASE("S04 header of 100,000,001 bytes") {
  const TempFolder folder;
  const std::string path = folder / "model.safetensors";
  write_sparse(path, bytes_of<std::uint64_t>(100'000'001) + "{}", 200'000'000);
  rejects(path, "ST-HEADER-TOO-LARGE", 0);
  write_sparse(path, bytes_of<std::uint64_t>(100'000'001), 200'000'000);
  rejects(path, "ST-HEADER-TOO-LARGE", 0);
}

TEST_CASE("S05 header of 2^64-1 bytes") {
  rejects_file(bytes_of(UINT64_MAX) + "{}", "ST-HEADER-TOO-LARGE", 0);
  rejects_file(bytes_of(UINT64_MAX), "ST-HEADER-TOO-LARGE", 0);
}

TEST_CASE("S06 header of 2^63 bytes") {
  rejects_file(bytes_of(std::uint64_t{1} << 63) + "{}", "ST-HEADER-TOO-LARGE", 0);
}

TEST_CASE("S07 header one byte past the end of the file") {
  const std::string header = one_entry();
  rejects_file(bytes_of<std::uint64_t>(header.size() + 1) + header, "ST-HEADER-LENGTH", 0);
}

TEST_CASE("S08 byte 0xFF in the header") {
  rejects_header("\xFF{}", "ST-UTF8", 8);
  rejects_header("{\"a\xFF\":1}", "ST-UTF8", 11);
}

TEST_CASE("S09 text that is not Unicode") {
  SECTION("overlong") { rejects_header("{\"a\xC0\xAF\":1}", "ST-UTF8", 11); }
  SECTION("raw surrogate") { rejects_header("{\"a\xED\xA0\x80\":1}", "ST-UTF8", 11); }
  SECTION("escaped lone surrogates") {
    for (const char* name : {R"(\ud800)", R"(\udc00)", R"(\ud800x)", R"(\ud800\u0041)"}) {
      rejects_header("{\"" + std::string(name) + R"(":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})",
                     "ST-JSON", 9, "\1");
    }
  }
  SECTION("a pair of escaped surrogates is a character") {
    const Checkpoint checkpoint = accepts_file(
        safetensors_file(R"({"\ud83d\ude00":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})", "\1"));
    CHECK(checkpoint.tensors.at(0).name == "\xF0\x9F\x98\x80");
  }
}

TEST_CASE("S10 header that only begins") {
  rejects_header("{", "ST-JSON", 8);
  rejects_header(R"({"a":{"dtype":"U8")", "ST-JSON", 25);
  rejects_header(R"({"a":{"dty)", "ST-JSON", 14);
}

TEST_CASE("S11 white space before the brace") {
  for (const char* space : {" ", "\t", "\n", "\r\n  "}) {
    const Checkpoint checkpoint = warns_file(safetensors_file(space + one_entry(), kFour), "ST-START", 8);
    CHECK(checkpoint.tensors.size() == 1);
  }
}

TEST_CASE("S12 white space after the brace") {
  for (const char* space : {" ", "       ", "\r\t\n"}) {
    const std::string header = one_entry() + space;
    const Checkpoint checkpoint = accepts_file(safetensors_file(header, kFour));
    CHECK(checkpoint.tensors.at(0).offset_bytes == 8 + header.size());
  }
}

TEST_CASE("S13 zeros after the brace") {
  rejects_header(one_entry() + "\0"s, "ST-JSON", 8 + one_entry().size(), kFour);
}

TEST_CASE("S14 junk after the brace") {
  rejects_header("{}{}", "ST-JSON", 10);
  rejects_header("{}x", "ST-JSON", 10);
  rejects_header("{}}", "ST-JSON", 10);
  rejects_header(one_entry() + ",", "ST-JSON", 8 + one_entry().size(), kFour);
}

TEST_CASE("S15 byte order mark") { rejects_header("\xEF\xBB\xBF" + one_entry(), "ST-JSON", 8, kFour); }

TEST_CASE("S16 name twice with different ranges") {
  const std::string header = "{" + entry("a", "U8", "4", "0,4") + "," + entry("b", "U8", "4", "4,8") + "," +
                             entry("a", "U8", "4", "8,12") + "}";
  rejects_header(header, "ST-DUPLICATE", offset_of(header, "\"a\"", 2), kFour + kFour + kFour);
}

TEST_CASE("S17 entry twice, byte for byte") {
  const std::string header = "{" + entry("a", "U8", "4", "0,4") + "," + entry("a", "U8", "4", "0,4") + "}";
  rejects_header(header, "ST-DUPLICATE", offset_of(header, "\"a\"", 2), kFour);
}

TEST_CASE("S18 name twice, once escaped") {
  const std::string again = R"("\u0061":{"dtype":"U8","shape":[4],"data_offsets":[4,8]})";
  const std::string header = "{" + entry("a", "U8", "4", "0,4") + "," + again + "}";
  rejects_header(header, "ST-DUPLICATE", offset_of(header, "\"\\u0061"), kFour + kFour);
}

TEST_CASE("S19 __metadata__ twice") {
  const std::string header = R"({"__metadata__":{},"__metadata__":{}})";
  rejects_header(header, "ST-DUPLICATE", offset_of(header, "\"__meta", 2));
  const std::string inside = R"({"__metadata__":{"k":"1","k":"2"}})";
  rejects_header(inside, "ST-DUPLICATE", 9);
}

TEST_CASE("S20 __metadata__ of something else than strings") {
  for (const char* value : {"1", "{}", "null", "[]", "true", "1.5"}) {
    const std::string header = R"({"__metadata__":{"k":)" + std::string(value) + "}}";
    rejects_header(header, "ST-METADATA", offset_of(header, value == "{}"sv ? "{}" : value));
  }
  for (const char* value : {"1", "\"x\"", "null", "[]"})
    rejects_header(R"({"__metadata__":)" + std::string(value) + "}", "ST-METADATA", 24);
  accepts_file(safetensors_file(R"({"__metadata__":{"format":"pt","":"\u0000"}})"));
}

TEST_CASE("S21 keys of an entry") {
  SECTION("missing") {
    rejects_header(R"({"a":{"shape":[4],"data_offsets":[0,4]}})", "ST-ENTRY", 9, kFour);
    rejects_header(R"({"a":{"dtype":"U8","data_offsets":[0,4]}})", "ST-ENTRY", 9, kFour);
    rejects_header(R"({"a":{"dtype":"U8","shape":[4]}})", "ST-ENTRY", 9, kFour);
    rejects_header(R"({"a":{}})", "ST-ENTRY", 9);
    rejects_header(R"({"a":[]})", "ST-ENTRY", 13);
    rejects_header(R"({"a":null})", "ST-ENTRY", 13);
  }
  SECTION("twice") {
    for (const char* again :
         {R"("dtype":"U8")", R"("shape":[4])", R"("data_offsets":[0,4])", R"("dt\u0079pe":"U8")"}) {
      std::string header = one_entry();
      header.insert(header.size() - 2, "," + std::string(again));
      rejects_header(header, "ST-DUPLICATE", 8 + header.size() - 2 - std::strlen(again), kFour);
    }
  }
  SECTION("unknown") {
    std::string header = one_entry();
    header.insert(header.size() - 2, R"(,"stride":[1,{"x":[null,true,-1.5e3,"\n"]}])");
    warns_file(safetensors_file(header, kFour), "ST-UNKNOWN-KEY", offset_of(header, "\"stride"));
  }
  SECTION("unknown and no JSON") {
    for (const char* junk :
         {"[1,]", "01", "nul", "[1 2]", "{\"x\"}", "{\"x\":}", "\"\\q\"", "[}", "1.e", "+1", "1e999"}) {
      std::string header = one_entry();
      header.insert(header.size() - 2, R"(,"x":)" + std::string(junk));
      INFO(header);
      const TempFolder folder;
      const std::string path = folder.write("m", safetensors_file(header, kFour));
      const Verdict verdict = open_once(path, {});
      REQUIRE(verdict.error.has_value());
      CHECK(verdict.error->place().rule == "ST-JSON");
    }
  }
}

TEST_CASE("S22 unknown dtype") {
  for (const char* dtype : {"\"F128\"", "\"f32\"", "\"\"", "1", "null", "[\"U8\"]", "\"U8 \""}) {
    const std::string header = one_entry(dtype);
    rejects_header(header, "ST-DTYPE", offset_of(header, "\"dtype\":") + 8, kFour);
  }
}

TEST_CASE("S23 shape of something else than sizes") {
  for (const char* size :
       {"-1", "1.0", "1e3", "\"2\"", "true", "18446744073709551616", "00012", "-0", "null", "[4]"}) {
    const std::string header = one_entry(R"("U8")", "[" + std::string(size) + "]");
    rejects_header(header, "ST-SHAPE", offset_of(header, "[") + 1, kFour);
  }
  for (const char* shape : {"4", "{}", "\"4\"", "null"}) {
    const std::string header = one_entry(R"("U8")", shape);
    rejects_header(header, "ST-SHAPE", offset_of(header, "\"shape\":") + 8, kFour);
  }
}

TEST_CASE("S24 elements that overflow") {
  rejects_header(one_entry(R"("U8")", "[2,18446744073709551614]"), "ST-OVERFLOW", 9, kFour);
}

TEST_CASE("S25 bytes that overflow") {
  rejects_header(one_entry(R"("F32")", "[2,9223372036854775807]"), "ST-OVERFLOW", 9, kFour);
}

TEST_CASE("S26 a zero among sizes that would overflow, in any order") {
  for (const char* shape : {"[0,1099511627776,1099511627776]", "[1099511627776,0,1099511627776]",
                            "[1099511627776,1099511627776,0]"}) {
    const Checkpoint checkpoint = accepts_file(safetensors_file(one_entry(R"("F32")", shape, "[0,0]")));
    CHECK(checkpoint.tensors.at(0).elements == 0);
  }
}

TEST_CASE("S27 more than 64 dimensions") {
  const auto ones = [](std::size_t rank) {
    std::string text = "[1";
    for (std::size_t i = 1; i < rank; ++i)
      text += ",1";
    return text + "]";
  };
  accepts_file(safetensors_file(one_entry(R"("U8")", ones(64), "[0,1]"), "\1"));
  const std::string header = one_entry(R"("U8")", ones(65), "[0,1]");
  rejects_header(header, "ST-SHAPE", offset_of(header, "[") + 1 + 2 * 64, "\1");
  rejects_header(one_entry(R"("U8")", ones(1u << 20), "[0,1]"), "ST-SHAPE",
                 offset_of(header, "[") + 1 + 2 * 64, "\1");
}

TEST_CASE("S28 end before begin") {
  const std::string header = one_entry(R"("U8")", "[4]", "[4,0]");
  rejects_header(header, "ST-OFFSETS", offset_of(header, "[4,0]"), kFour);
  for (const char* offsets : {"[0]", "[]", "[0,4,8]", "[0,-4]", "[0,4.0]", "[\"0\",4]", "4", "{}"}) {
    const TempFolder folder;
    const std::string path = folder.write("m", safetensors_file(one_entry(R"("U8")", "[4]", offsets), kFour));
    const Verdict verdict = open_once(path, {});
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->place().rule == "ST-OFFSETS");
  }
}

TEST_CASE("S29 end past the end of the file") {
  const std::string header = one_entry(R"("U8")", "[5]", "[0,5]");
  rejects_header(header, "ST-TRUNCATED", 8 + header.size() + 4, kFour);
  rejects_header(one_entry(R"("U8")", "[18446744073709551615]", "[0,18446744073709551615]"), "ST-OVERFLOW", 9,
                 kFour);
  rejects_header(one_entry(R"("U8")", "[1152921504606846976]", "[0,1152921504606846976]"), "ST-TRUNCATED",
                 8 + one_entry(R"("U8")", "[1152921504606846976]", "[0,1152921504606846976]").size() + 4,
                 kFour);
}

TEST_CASE("S30 ten names on one range") {
  std::string header = "{";
  for (char name = 'a'; name <= 'j'; ++name)
    header += (name == 'a' ? "" : ",") + entry(std::string(1, name), "U8", "16", "0,16");
  header += "}";
  rejects_header(header, "ST-OVERLAP", offset_of(header, "\"b\""), std::string(16, '\1'));
}

TEST_CASE("S31 overlap of one byte") {
  const std::string header = "{" + entry("b", "U8", "4", "3,7") + "," + entry("a", "U8", "4", "0,4") + "}";
  rejects_header(header, "ST-OVERLAP", offset_of(header, "\"b\""), std::string(7, '\1'));
  const std::string inside =
      "{" + entry("a", "U8", "4", "0,4") + "," + entry("empty", "U8", "0", "2,2") + "}";
  rejects_header(inside, "ST-OVERLAP", offset_of(inside, "\"empty"), kFour);
}

TEST_CASE("S32 two names on exactly one range") {
  const std::string header =
      "{" + entry("tied", "U8", "4", "0,4") + "," + entry("head", "U8", "4", "0,4") + "}";
  rejects_header(header, "ST-OVERLAP", offset_of(header, "\"tied"), kFour);
}

TEST_CASE("S33 hole of one byte") {
  const std::string header = "{" + entry("a", "U8", "4", "0,4") + "," + entry("b", "U8", "4", "5,9") + "}";
  rejects_header(header, "ST-HOLE", offset_of(header, "\"b\""), std::string(9, '\1'));
}

TEST_CASE("S34 first tensor not at the beginning") {
  rejects_header(one_entry(R"("U8")", "[4]", "[4,8]"), "ST-HOLE", 9, kFour + kFour);
}

TEST_CASE("S35 bytes behind the last tensor") {
  const std::string good = safetensors_file(one_entry(), kFour);
  SECTION("of no known kind") {
    const TempFolder folder;
    const std::string path = folder.write("m.safetensors", good + "extra_bogus_data_for_polyglot_file");
    const Checkpoint checkpoint = warns(path, "ST-TRAILING", good.size());
    CHECK_THAT(checkpoint.problems.at(0).message, Catch::StartsWith("34 trailing bytes"));
    CHECK(checkpoint.problems.at(0).file == "m.safetensors");
    CHECK(checkpoint.tensors.size() == 1);
  }
  SECTION("that begin like a format") {
    const Checkpoint zip = warns_file(good + "PK\3\4 and so on", "ST-TRAILING", good.size());
    CHECK_THAT(zip.problems.at(0).message, Catch::Contains("a ZIP archive"));
    const Checkpoint pdf = warns_file(good + "%PDF-1.7", "ST-TRAILING", good.size());
    CHECK_THAT(pdf.problems.at(0).message, Catch::Contains("a PDF document"));
  }
  SECTION("with no tensor at all") { warns_file(safetensors_file("{}", "x"), "ST-TRAILING", 10); }
}

TEST_CASE("S36 file shorter than its header says") {
  const std::string header =
      "{" + entry("a", "U8", "4096", "0,4096") + "," + entry("b", "F32", "4096", "4096,20480") + "}";
  const std::string full = safetensors_file(header, std::string(20480, '\1'));
  for (const std::size_t size : {full.size() - 1, std::size_t{8192}, std::size_t{12345}, 8 + header.size()})
    rejects_file(full.substr(0, size), "ST-TRUNCATED", size);
}

TEST_CASE("S37 range of another size than dtype and shape need") {
  rejects_header(one_entry(R"("I32")", "[2,2]", "[0,4]"), "ST-SIZE", 9, kFour);
  rejects_header(one_entry(R"("U8")", "[]", "[0,4]"), "ST-SIZE", 9, kFour);
  rejects_header(one_entry(R"("U8")", "[0]", "[0,4]"), "ST-SIZE", 9, kFour);
}

TEST_CASE("S38 elements that do not fill whole bytes") {
  rejects_header(one_entry(R"("F4")", "[7]", "[0,4]"), "ST-MISALIGNED", 9, kFour);
  rejects_header(one_entry(R"("F6_E2M3")", "[5]", "[0,4]"), "ST-MISALIGNED", 9, kFour);
  rejects_header(one_entry(R"("F6_E3M2")", "[1,1]", "[0,1]"), "ST-MISALIGNED", 9, "\1");
  accepts_file(safetensors_file(one_entry(R"("F4")", "[8]", "[0,4]"), kFour));
  accepts_file(safetensors_file(one_entry(R"("F6_E2M3")", "[4]", "[0,3]"), "\1\1\1"));
}

TEST_CASE("S39 nothing, and tensors of nothing") {
  SECTION("no tensors") { CHECK(accepts_file(safetensors_file("{}")).tensors.empty()); }
  SECTION("no tensors but metadata") {
    CHECK(accepts_file(safetensors_file(R"({"__metadata__":{}})")).tensors.empty());
  }
  SECTION("scalar and empty tensors on a boundary") {
    const std::string header = "{" + entry("zero", "F32", "2,0", "4,4") + "," +
                               entry("one", "F32", "", "0,4") + "," + entry("also", "U8", "0", "0,0") + "}";
    const Checkpoint checkpoint = accepts_file(safetensors_file(header, kFour));
    REQUIRE(checkpoint.tensors.size() == 3);
    CHECK(checkpoint.tensors[0].name == "also");
    CHECK(checkpoint.tensors[1].name == "one");
    CHECK(checkpoint.tensors[1].elements == 1);
    CHECK(checkpoint.tensors[1].shape.empty());
    CHECK(checkpoint.tensors[2].name == "zero");
    CHECK(checkpoint.tensors[2].elements == 0);
  }
  SECTION("equal offsets by name") {
    const std::string header = "{" + entry("z", "F32", "0", "0,0") + "," + entry("a", "F32", "", "0,4") + "}";
    const Checkpoint checkpoint = accepts_file(safetensors_file(header, kFour));
    CHECK(checkpoint.tensors.at(0).name == "a");
    CHECK(checkpoint.tensors.at(1).name == "z");
  }
}

TEST_CASE("S40 values nested 10,000 deep") {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  SECTION("in __metadata__") { rejects_header(R"({"__metadata__":{"k":)" + deep + "}}", "ST-METADATA", 29); }
  SECTION("as __metadata__") { rejects_header(R"({"__metadata__":)" + deep + "}", "ST-METADATA", 24); }
  SECTION("in an entry") {
    std::string header = one_entry();
    header.insert(header.size() - 2, R"(,"x":)" + deep);
    // The outermost object and the entry are two of the 64.
    rejects_header(header, "ST-DEPTH", offset_of(header, "\"x\":") + 4 + 62, kFour);
  }
  SECTION("64 levels are allowed") {
    std::string header = one_entry();
    header.insert(header.size() - 2, R"(,"x":)" + std::string(62, '[') + std::string(62, ']'));
    warns_file(safetensors_file(header, kFour), "ST-UNKNOWN-KEY", offset_of(header, "\"x\":"));
  }
}

TEST_CASE("S names that mean harm are only names") {
  const std::vector<std::string> names{"nul\0nul"s, std::string(1u << 20, 'n'),
                                       "../../x",   "/etc/passwd",
                                       "a\nb",      "\x1b[31m",
                                       "%n%s",      "\u202Eevil",
                                       "",          "__metadata",
                                       "a\"b\\c"};
  SafetensorsWriter writer;
  for (const std::string& name : names)
    writer.add(name, "U8", {1}, "\1");
  const Checkpoint checkpoint = accepts_file(writer.file());
  REQUIRE(checkpoint.tensors.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    CHECK(checkpoint.tensors[i].name == names[i]);
}

TEST_CASE("S one warning a rule and file, with how often it was met") {
  std::string header = "{";
  for (int i = 0; i < 1500; ++i) {
    std::string one = entry("t" + std::to_string(i), "U8", "0", "0,0");
    one.insert(one.size() - 1, R"(,"x":0)");
    header += (i == 0 ? "" : ",") + one;
  }
  header += "}";
  const Checkpoint checkpoint =
      warns_file(safetensors_file(header), "ST-UNKNOWN-KEY", offset_of(header, "\"x\""));
  CHECK_THAT(checkpoint.problems.at(0).message, Catch::EndsWith("(and 1,499 more)"));
}

}  // namespace
}  // namespace weightsieve::test
