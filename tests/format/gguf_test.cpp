// Rows G01 to G46 of the list of malformed inputs, and what GGUF files hold.
#include "support/gguf_file.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "format/verdict.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using namespace gguf;

constexpr std::uint64_t kTwo63 = std::uint64_t{1} << 63;
constexpr std::uint32_t kQ4K = 12, kQ8 = 8, kF16Type = 1, kI8Type = 24, kF64Type = 28, kBF16Type = 30;
const std::string kSixteen(16, '\1');

/// A file of one tensor "w" of four floats; with these entries.
GgufFile small(const std::vector<std::string>& entries = {}) {
  GgufFile file;
  file.entries = entries;
  file.tensors = {{"w", {4}, 0, kSixteen}};
  return file;
}

GgufFile with_sizes(const std::vector<std::uint64_t>& sizes, std::uint32_t type = 0,
                    const std::string& data = kSixteen) {
  GgufFile file;
  file.tensors = {{"w", sizes, type, data}};
  return file;
}

Checkpoint opened(const GgufFile& file) {
  const TempFolder folder;
  return accepts(folder.write("w.gguf", file.file()));
}

std::string count_entry(const char* key, std::uint16_t value) { return entry(key, kU16, bytes_of(value)); }

GgufFile part(std::uint16_t number, std::uint16_t count, const std::string& name) {
  GgufFile file;
  file.entries = {count_entry("split.no", number), count_entry("split.count", count),
                  entry("split.tensors.count", kI32, bytes_of<std::int32_t>(2))};
  if (!name.empty()) file.tensors = {{name, {4}, 0, kSixteen}};
  return file;
}

TEST_CASE("tensors in the file's order, their sizes slowest first, read where they lie") {
  GgufFile file;
  file.entries = {entry("general.architecture", kText, text("llama")),
                  entry("tokenizer.ggml.tokens", kArray, array(kText, 2, text("a") + text("")))};
  const std::vector<float> floats{1, -2, 3, -4, 5, -6};
  file.tensors = {{"b", {3, 2}, 0, bytes_of(floats)},
                  {"a", {2}, kF16Type, "\0\x3C\0\xBC"s},
                  {"c", {1, 1, 2, 1}, kBF16Type, "\x80\x3F\x80\xBF"},
                  {"i", {3}, kI8Type, "\1\2\3"},
                  {"d", {}, kF64Type, bytes_of(0.5)}};
  const TempFolder folder;
  const std::string path = folder.write("w.gguf", file.file());
  const Checkpoint checkpoint = accepts(path);
  CHECK(checkpoint.format == "gguf");
  CHECK(checkpoint.name == "w");
  REQUIRE(checkpoint.tensors.size() == 5);
  CHECK(checkpoint.tensors[0].name == "b");
  CHECK(checkpoint.tensors[0].shape == Shape{2, 3});
  CHECK(checkpoint.tensors[1].dtype == Dtype::F16);
  CHECK(checkpoint.tensors[2].dtype == Dtype::BF16);
  CHECK(checkpoint.tensors[2].shape == Shape{1, 2, 1, 1});
  CHECK(checkpoint.tensors[3].dtype == Dtype::I8);
  CHECK(checkpoint.tensors[4].shape.empty());
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    SourcePool files = open_files(checkpoint, io);
    TensorReader reader(files);
    for (std::size_t i = 0; i < 5; ++i) {
      const Bytes bytes = reader.read(checkpoint.tensors[i], 0, checkpoint.tensors[i].elements);
      CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == file.tensors[i].data);
    }
  }
}

TEST_CASE("G01 magic numbers") {
  GgufFile file = small();
  file.magic = "FUGG";
  rejects_bytes(file.file(), "GGUF-VERSION");
  file.magic = "GGUE";
  rejects_bytes(file.file(), "FORMAT-UNKNOWN");
  rejects_bytes("GGU", "ST-HEADER-TOO-SMALL");
  rejects_bytes("GGUF", "GGUF-LENGTH");
}

TEST_CASE("G02 and G03 versions") {
  GgufFile file = small();
  for (const std::uint32_t version : {0U, 1U, 4U, 0x0300'0000U, 0x0200'0000U}) {
    file.version = version;
    rejects_bytes(file.file(), "GGUF-VERSION");
  }
  const TempFolder folder;
  file.version = 0x0300'0000;
  const Verdict verdict = open_once(folder.write("w.gguf", file.file()), {});
  CHECK_THAT(verdict.error->message(), Catch::Contains("big-endian"));
  file.version = 2;
  CHECK(opened(file).tensors.size() == 1);
}

TEST_CASE("G04 to G06 counts that the file cannot hold") {
  for (const std::uint64_t count : {UINT64_MAX, kTwo63, kTwo63 / 12, std::uint64_t{1'000'000}}) {
    GgufFile file = small();
    file.tensor_count = count;
    rejects_bytes(file.file(), "GGUF-LENGTH");
    file = small();
    file.entry_count = count;
    rejects_bytes(file.file(), "GGUF-LENGTH");
  }
  GgufFile file = small();
  file.tensor_count = 2;  // which there is room for, in padding and data
  file.tensors[0].data = std::string(16, '\0');
  rejects_bytes(file.file(), "GGUF-NAME");
}

TEST_CASE("G07 to G11 keys") {
  for (const std::uint64_t length : {UINT64_MAX, kTwo63, std::uint64_t{1} << 40})
    rejects_bytes(small({bytes_of(length) + "a" + bytes_of(kU8) + "\1"}).file(), "GGUF-LENGTH");
  rejects_bytes(small({entry(std::string(65'536, 'k'), kU8, "\1")}).file(), "GGUF-KEY");
  CHECK(opened(small({entry(std::string(65'535, 'k'), kU8, "\1")})).tensors.size() == 1);
  for (const std::string& key : {""s, "a\0b"s, "\xFF"s})
    rejects_bytes(small({entry(key, kU8, "\1")}).file(), "GGUF-KEY");
  rejects_bytes(small({entry("a", kU8, "\1"), entry("b", kU8, "\1"), entry("a", kText, text("x"))}).file(),
                "GGUF-DUPLICATE");
}

TEST_CASE("G12 and G13 values") {
  for (const std::uint32_t type : {13U, 0x7FFF'FFFFU, UINT32_MAX})
    rejects_bytes(small({entry("a", type, "\1")}).file(), "GGUF-VALUE");
  for (const std::uint64_t length : {kTwo63, (std::uint64_t{1} << 30) + 1, UINT64_MAX})
    rejects_bytes(small({entry("a", kText, bytes_of(length) + "x")}).file(), "GGUF-LENGTH");
  GgufFile file;
  file.entries = {entry("a", kText, bytes_of(std::uint64_t{2}) + "x")};
  rejects_bytes(file.header(), "GGUF-LENGTH");
}

TEST_CASE("G14 to G16 arrays") {
  for (const std::uint64_t count : {kTwo63, kTwo63 / 2, UINT64_MAX, UINT64_MAX / 8 + 1})
    for (const std::uint32_t type : {kU8, kU64, kF64, kText})
      rejects_bytes(small({entry("a", kArray, array(type, count, ""))}).file(), "GGUF-LENGTH");
  std::string nested;
  for (int i = 0; i < 100'000; ++i)
    nested += bytes_of(kArray) + bytes_of(std::uint64_t{1});
  rejects_bytes(small({entry("a", kArray, nested)}).file(), "GGUF-VALUE");
  rejects_bytes(small({entry("a", kArray, array(kText, std::uint64_t{1} << 30, ""))}).file(), "GGUF-LENGTH");
  rejects_bytes(small({entry("a", kArray, array(13, 1, "x"))}).file(), "GGUF-VALUE");
  CHECK(opened(small({entry("a", kArray, array(kText, 3, text("") + text("x") + text(""))),
                      entry("b", kArray, array(kF64, 0, "")), entry("c", kArray, array(kBool, 2, "\0\1"s))}))
            .tensors.size() == 1);
}

TEST_CASE("G17 truth values") {
  CHECK(opened(small({entry("a", kBool, "\1"), entry("b", kBool, "\0"s)})).tensors.size() == 1);
  for (const std::string& value : {"\2"s, "\xFF"s})
    CHECK(warns_bytes(small({entry("a", kBool, value)}).file(), "GGUF-TRUTH").tensors.size() == 1);
}

TEST_CASE("G18 to G20 alignments") {
  const auto aligned = [](std::uint32_t alignment) {
    GgufFile file = small({entry("general.alignment", kU32, bytes_of(alignment))});
    file.tensors.push_back({"v", {2}, 0, "12345678"});
    if (alignment != 0 && alignment <= 4096) file.alignment = alignment;
    return file;
  };
  for (const std::uint32_t alignment : {0U, 13U, 3U, 0x8000'0000U, 1U << 21})
    rejects_bytes(aligned(alignment).file(), "GGUF-ALIGNMENT");
  for (const std::uint32_t alignment : {1U, 64U, 4096U})
    CHECK(opened(aligned(alignment)).tensors.size() == 2);
  rejects_bytes(small({entry("general.alignment", kI32, bytes_of(32))}).file(), "GGUF-ALIGNMENT");
  rejects_bytes(small({entry("general.alignment", kU64, bytes_of(std::uint64_t{32}))}).file(),
                "GGUF-ALIGNMENT");
  rejects_bytes(small({entry("general.alignment", kText, text("32"))}).file(), "GGUF-ALIGNMENT");
  const std::string usual = entry("general.alignment", kU32, bytes_of(32U));
  rejects_bytes(small({usual, usual}).file(), "GGUF-DUPLICATE");
}

TEST_CASE("G21 and G22 names of tensors") {
  const auto named = [](const std::string& name) {
    GgufFile file = small();
    file.tensors[0].name = name;
    return file;
  };
  CHECK(opened(named(std::string(63, 'n'))).tensors.size() == 1);
  CHECK(warns_bytes(named(std::string(64, 'n')).file(), "GGUF-LONG-NAME").tensors.size() == 1);
  for (const std::string& name : {""s, "a\0b"s, "\xFF"s, std::string(65'536, 'n')})
    rejects_bytes(named(name).file(), "GGUF-NAME");
  GgufFile file;
  file.tensor_count = 1;
  rejects_bytes(file.header() + bytes_of(UINT64_MAX) + std::string(100, 'n'), "GGUF-LENGTH");
  file = small();
  file.tensors.push_back(file.tensors[0]);
  rejects_bytes(file.file(), "GGUF-DUPLICATE");
}

TEST_CASE("G23 and G24 dimensions") {
  for (const std::uint32_t dimensions : {5U, UINT32_MAX}) {
    GgufFile file = small();
    file.tensors[0].dimensions = dimensions;
    rejects_bytes(file.file(), "GGUF-SHAPE");
  }
  CHECK(opened(with_sizes({}, 0, "1234")).tensors[0].elements == 1);
  CHECK(opened(with_sizes({1, 2, 1, 2})).tensors[0].shape == Shape{2, 1, 2, 1});
}

TEST_CASE("G25 to G34 sizes that overflow, one way or another") {
  using Sizes = std::vector<std::uint64_t>;
  const std::uint64_t two32 = std::uint64_t{1} << 32;
  const std::uint64_t most = INT64_MAX;
  for (const Sizes& sizes : {Sizes{UINT64_MAX},
                             {kTwo63},
                             {2 * two32, 2 * two32},
                             {most, 2},
                             {two32, two32},
                             {4, two32 / 4 - 1, two32 / 4 + 1},
                             {UINT64_MAX / 4},
                             {most},
                             {most / 4 + 1},
                             {two32 / 2, two32 / 2, two32 / 2, 4}})
    rejects_bytes(with_sizes(sizes).file(), "GGUF-SHAPE");
  CHECK(opened(with_sizes({0}, 0, "")).tensors[0].elements == 0);
  CHECK(opened(with_sizes({0, most, most}, 0, "")).tensors[0].elements == 0);
  CHECK(opened(with_sizes({most, most, 0}, 0, "")).tensors[0].elements == 0);
  // What fits 64 bits must be there.
  for (const Sizes& sizes : {Sizes{most / 8}, {two32 + 4}, {two32, 2}})
    rejects_bytes(with_sizes(sizes).file(), "GGUF-TRUNCATED");
}

TEST_CASE("G33 tensors whose sum overflows") {
  GgufFile file;
  file.tensors = {{"a", {0x7FFF'FFFF'FFFF'FFC0}, kI8Type, kSixteen},
                  {"b", {0x7FFF'FFFF'FFFF'FFC0}, kI8Type, kSixteen}};
  file.tensors[1].offset = 0x7FFF'FFFF'FFFF'FFC0;
  rejects_bytes(file.file(), "GGUF-TRUNCATED");
}

TEST_CASE("G35 types") {
  for (const std::uint32_t type : {43U, UINT32_MAX, 0x7FFF'FFFFU, 4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U})
    rejects_bytes(with_sizes({256}, type).file(), "GGUF-TYPE");
}

TEST_CASE("types that are not read are listed, and other tensors are read") {
  GgufFile file = small();
  file.tensors.insert(file.tensors.begin(), {"x", {256, 2}, 16, std::string(132, '\1')});
  const Checkpoint checkpoint = opened(file);
  REQUIRE(checkpoint.skipped.size() == 1);
  CHECK(checkpoint.skipped[0].name == "x");
  CHECK_THAT(checkpoint.skipped[0].reason, Catch::Contains("IQ2_XXS") && Catch::Contains("(2, 256)"));
  CHECK(checkpoint.tensors.size() == 1);
}

TEST_CASE("G45 blocks are read as their values, from any of them on") {
  const std::string half = "\0\x38"s, infinity = "\0\x7C"s, nan = "\0\x7E"s;
  std::string numbers;
  for (char i = -16; i < 16; ++i)
    numbers += i;
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(folder.write(
      "w.gguf", with_sizes({32, 3}, kQ8, half + numbers + infinity + numbers + nan + numbers).file()));
  const TensorInfo& tensor = checkpoint.tensors.at(0);
  CHECK(dtype_name(tensor) == "Q8_0");
  CHECK(stored_bytes(tensor) == 3 * 34);
  CHECK(tensor.dtype == Dtype::F32);
  CHECK(tensor.bytes == 96 * 4);
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    SourcePool files = open_files(checkpoint, io);
    TensorReader reader(files);
    for (std::uint64_t first = 0; first < 96; ++first) {
      const Bytes bytes = reader.read(tensor, first, 96 - first);
      REQUIRE(bytes.size() == (96 - first) * 4);
      const auto value = load<float>(bytes.data());
      const int number = static_cast<int>(first % 32) - 16;
      if (first < 32) {
        CHECK(value == 0.5F * static_cast<float>(number));
      } else if (first < 64 && number != 0) {
        CHECK(value == static_cast<float>(number) * INFINITY);
      } else {
        CHECK(std::isnan(value));
      }
    }
  }
}

TEST_CASE("G36 rows that are not whole blocks") {
  rejects_bytes(with_sizes({128, 2}, kQ4K, std::string(144, '\0')).file(), "GGUF-SHAPE");
  rejects_bytes(with_sizes({33}, kQ8, std::string(34, '\0')).file(), "GGUF-SHAPE");
  rejects_bytes(with_sizes({}, kQ8, std::string(34, '\0')).file(), "GGUF-SHAPE");
}

TEST_CASE("G37 and G38 offsets") {
  for (const std::uint64_t offset :
       {UINT64_MAX, std::uint64_t{1}, std::uint64_t{32}, std::uint64_t{1} << 40, UINT64_MAX - 31})
    rejects_bytes(
        [&] {
          GgufFile file = small();
          file.tensors[0].offset = offset;
          return file.file();
        }(),
        "GGUF-OFFSET");
  for (const std::uint64_t offset : {0U, 16U, 64U}) {
    GgufFile file = small();
    file.tensors.push_back({"v", {4}, 0, kSixteen, offset});
    rejects_bytes(file.file(), "GGUF-OFFSET");
  }
}

TEST_CASE("G39 to G42 ends of files") {
  const std::string whole = small().file();
  const std::string unpadded = whole.substr(0, whole.size() - 16);
  rejects_bytes(unpadded.substr(0, unpadded.size() - 1), "GGUF-TRUNCATED");
  CHECK(warns_bytes(unpadded, "GGUF-PADDING").tensors.size() == 1);
  CHECK(warns_bytes(whole + "x", "GGUF-TRAILING").tensors.size() == 1);
  CHECK(opened({}).tensors.empty());
  const TempFolder folder;
  CHECK(accepts(folder.write("w.gguf", GgufFile().header())).tensors.empty());
}

TEST_CASE("G43 a model in parts") {
  const TempFolder folder;
  folder.write("m-00001-of-00003.gguf", part(0, 3, "").file());
  folder.write("m-00002-of-00003.gguf", part(1, 3, "a").file());
  const std::string third = folder.write("m-00003-of-00003.gguf", part(2, 3, "b").file());
  for (const std::string& path : {folder / "m-00001-of-00003.gguf", folder / "."}) {
    const Checkpoint checkpoint = accepts(path);
    REQUIRE(checkpoint.tensors.size() == 2);
    CHECK(checkpoint.files.size() == 3);
    CHECK(checkpoint.tensors[1].file == 2);
  }
  CHECK(accepts(folder / "m-00001-of-00003.gguf").name == "m");
  CHECK(accepts(third).tensors.size() == 1);
  CHECK(open_once(third, {}).checkpoint->name == "m-00003-of-00003");
}

TEST_CASE("G43 parts that do not go together") {
  const TempFolder folder;
  rejects_bytes(part(2, 2, "a").file(), "GGUF-SPLIT");
  rejects_bytes(part(UINT16_MAX, UINT16_MAX, "a").file(), "GGUF-SPLIT");
  rejects_bytes(small({entry("split.count", kText, text("2"))}).file(), "GGUF-SPLIT");
  rejects_bytes(small({entry("split.no", kI16, bytes_of<std::int16_t>(-1))}).file(), "GGUF-SPLIT");
  CHECK(warns_bytes(part(1, UINT16_MAX, "a").file(), "GGUF-PART").tensors.size() == 1);
  const auto rule_of = [&](const std::string& path) {
    const Verdict verdict = open_once(path, {});
    REQUIRE(verdict.error.has_value());
    return verdict.error->place().rule;
  };
  const std::string first = folder.write("m-00001-of-00002.gguf", part(0, 2, "a").file());
  CHECK(rule_of(first) == "SHARD-MISSING");
  folder.write("m-00002-of-00002.gguf", part(0, 2, "b").file());
  CHECK(rule_of(first) == "GGUF-SPLIT");
  folder.write("m-00002-of-00002.gguf", part(1, 3, "b").file());
  CHECK(rule_of(first) == "GGUF-SPLIT");
  folder.write("m-00002-of-00002.gguf", part(1, 2, "").file());
  CHECK(rule_of(first) == "GGUF-SPLIT");
  folder.write("m-00002-of-00002.gguf", part(1, 2, "a").file());
  CHECK(rule_of(first) == "SHARD-DUPLICATE");
  folder.write("m-00002-of-00002.gguf", "PK\3\4");
  CHECK(rule_of(first) == "FORMAT-UNSUPPORTED");
}

TEST_CASE("G43 parts that are symbolic links are followed, but not under strict") {
  const TempFolder folder;
  const std::string first = folder.write("m-00001-of-00002.gguf", part(0, 2, "a").file());
  folder.write("blob", part(1, 2, "b").file());
  std::filesystem::create_symlink("blob", folder / "m-00002-of-00002.gguf");
  CHECK(open_once(first, {}).checkpoint->tensors.size() == 2);
  rejects(first, "SHARD-SYMLINK", std::nullopt, true);
}

TEST_CASE("G44 and G46 metadata say nothing of the tensors, and are text like any other") {
  const Checkpoint checkpoint =
      opened(small({entry("llama.block_count", kU32, bytes_of(1'000'000'000U)),
                    entry("tokenizer.chat_template", kText, text("\x1b[31m{{ messages }}\xFF")),
                    entry("tokenizer.ggml.tokens", kArray, array(kText, 1, text("a"))),
                    entry("tokenizer.ggml.scores", kArray, array(kF32, 2, "12345678"))}));
  CHECK(checkpoint.tensors.size() == 1);
}

TEST_CASE("a GGUF file cut anywhere is rejected, or warned of where only padding is gone") {
  const TempFolder folder;
  GgufFile file = small({entry("a", kArray, array(kText, 1, text("abc")))});
  const std::string whole = file.file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO("cut to " << size);
    const Verdict verdict = open_once(folder.write("cut" + std::to_string(size), whole.substr(0, size)), {});
    if (size + 16 < whole.size()) {
      REQUIRE(verdict.error.has_value());
      CHECK(verdict.error->code() == ErrorCode::malformed);
    } else {
      REQUIRE(verdict.checkpoint.has_value());
      CHECK(verdict.checkpoint->problems.size() == 1);
    }
  }
}

}  // namespace
}  // namespace weightsieve::test
