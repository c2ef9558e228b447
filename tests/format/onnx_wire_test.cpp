// Rows O01 to O04 and O22 to O24 of the list of malformed inputs: ONNX models as messages of protobuf.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "format/onnx_verdict.hpp"

namespace weightsieve::test {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace onnx;

TEST_CASE("O01 varints, tags and wire types") {
  const std::string head = number(1, 8);
  rejects_bytes(head + tag(7, 2) + std::string(10, '\x80') + "\1", "ONNX-VARINT");
  rejects_bytes(head + tag(7, 2) + std::string(9, '\xFF') + "\2", "ONNX-VARINT");
  rejects_bytes(head + tag(5, 0) + "\xFF\xFF", "ONNX-VARINT");
  rejects_bytes(head + bytes(2, "x") + "\0"s, "ONNX-TAG");
  rejects_bytes(head + bytes(2, "x") + varint(std::uint64_t{1} << 32 | 8), "ONNX-TAG");
  for (const unsigned wire_type : {3U, 4U, 6U, 7U}) {
    rejects_bytes(head + bytes(2, "x") + tag(9, wire_type), "ONNX-TAG");
    rejects_tensor(tag(1, wire_type) + four(), "ONNX-TAG");
  }
  rejects_bytes(head + bytes(2, "x") + number(7, 3), "ONNX-WIRE-TYPE");
  rejects_tensor(four() + number(8, 3), "ONNX-WIRE-TYPE");
  rejects_tensor(tag(4, 0) + "\1" + four(), "ONNX-WIRE-TYPE");
  rejects_tensor(four() + bytes(2, "\1"), "ONNX-WIRE-TYPE");
  rejects_bytes(model("") + number(1, 8), "ONNX-REPEATED");
  rejects_tensor(four() + bytes(8, "again"), "ONNX-REPEATED");
  CHECK(content_of_model(number(1, 8) + bytes(2, "") + bytes(7, bytes(5, four())) + bytes(8, "")) ==
        kSixteen);
}

TEST_CASE("O02 lengths that are not there") {
  const std::string head = number(1, 8);
  for (const std::uint64_t length : {std::uint64_t{100}, kTwo63, UINT64_MAX, UINT64_MAX - 1}) {
    rejects_bytes(head + tag(7, 2) + varint(length) + "x", "ONNX-LENGTH");
    rejects_tensor(tag(9, 2) + varint(length) + "x", "ONNX-LENGTH");
    rejects_tensor(four() + tag(8, 2) + varint(length), "ONNX-LENGTH");
  }
  rejects_tensor(four() + tag(4, 5) + "123", "ONNX-LENGTH");
  rejects_tensor(tensor("w", {1}, kFloat, bytes(4, "12345")), "ONNX-LENGTH");
  rejects_tensor(tensor("w", {1}, kDouble, bytes(10, "1234")), "ONNX-LENGTH");
}

TEST_CASE("O03 messages in messages") {
  const auto nested = [](int graphs) {
    std::string graph = initializer(four());
    for (int i = 0; i < graphs; ++i)
      graph = node("If", "y", branch(graph));
    return model(graph);
  };
  CHECK(content_of_model(nested(30)) == kSixteen);
  rejects_bytes(nested(40), "ONNX-DEPTH");
  rejects_bytes(nested(3000), "ONNX-DEPTH");
}

TEST_CASE("O04 a model of more than 2 GiB is read like a small one") {
  constexpr std::uint64_t bytes = std::uint64_t{5} << 30;
  const TempFolder folder;
  const std::string head =
      number(1, bytes / 4) + number(2, kFloat) + onnx::bytes(8, "w") + tag(9, 2) + varint(bytes);
  const std::string graph = tag(5, 2) + varint(head.size() + bytes) + head;
  const std::string path =
      folder.write("m.onnx", number(1, 8) + onnx::bytes(8, "") + tag(7, 2) +
                                 varint(graph.size() + bytes + initializer(four("last")).size()) + graph);
  const std::uint64_t end = fs::file_size(path) + bytes;
  fs::resize_file(path, end);
  std::ofstream(path, std::ios::binary | std::ios::app) << initializer(four("last"));
  const Checkpoint checkpoint = accepts(path);
  REQUIRE(checkpoint.tensors.size() == 2);
  CHECK(checkpoint.tensors[0].bytes == bytes);
  CHECK(content_of(checkpoint, 1) == kSixteen);
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  TensorReader reader(files);
  CHECK(text_of(reader.read(checkpoint.tensors[0], bytes / 4 - 4, 4)) == std::string(16, '\0'));
}

TEST_CASE("O22 numbers packed, apart, and both") {
  const auto apart = [](std::uint64_t field, const std::vector<std::uint64_t>& values) {
    std::string fields;
    for (const std::uint64_t value : values)
      fields += number(field, value);
    return fields;
  };
  const std::string head = number(2, kInt64) + bytes(8, "w");
  const std::string expected = bytes_of(std::vector<std::int64_t>{1, -2, 3, 300, 5});
  const std::uint64_t minus_two = UINT64_MAX - 1;
  for (const std::string& elements :
       {packed(7, {1, minus_two, 3, 300, 5}), apart(7, {1, minus_two, 3, 300, 5}),
        packed(7, {1, minus_two}) + apart(7, {3}) + bytes(12, "doc") + packed(7, {}) + packed(7, {300, 5}),
        apart(7, {1}) + bytes(7, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\x83\x80\0"s) + apart(7, {300, 5})})
    for (const std::string& sizes :
         {number(1, 5), packed(1, {5}), number(1, 1) + packed(1, {5, 1}) + number(1, 1)}) {
      CHECK(content_of_model(model_of(sizes + head + elements)) == expected);
      CHECK(content_of_model(model_of(elements + head + sizes)) == expected);
    }
  const std::string floats = bytes_of(std::vector<float>{1, 2, 3});
  const auto fixed = [&](std::size_t i) { return tag(4, 5) + floats.substr(4 * i, 4); };
  for (const std::string& elements : {fixed(0) + fixed(1) + fixed(2), fixed(0) + bytes(4, floats.substr(4)),
                                      bytes(4, floats.substr(0, 4)) + bytes(4, floats.substr(4))})
    CHECK(content_of_model(model_of(tensor("w", {3}, kFloat, elements))) == floats);
}

TEST_CASE("typed numbers are decoded from anywhere") {
  std::vector<std::uint64_t> values;
  std::vector<std::int64_t> expected;
  std::uint64_t state = 1;
  for (int i = 0; i < 300'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    values.push_back(state >> (state % 64));
    expected.push_back(static_cast<std::int64_t>(values.back()));
  }
  std::string elements = packed(7, {values.begin(), values.begin() + 150'000});
  for (int i = 150'000; i < 300'000; ++i)
    elements += number(7, values[static_cast<std::size_t>(i)]);
  const TempFolder folder;
  const Checkpoint checkpoint =
      accepts(folder.write("m.onnx", model_of(tensor("w", {300'000}, kInt64, elements))));
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  TensorReader reader(files);
  for (const std::size_t first :
       {0U, 65'535U, 65'536U, 65'537U, 131'072U, 149'999U, 200'000U, 299'999U, 0U}) {
    const std::size_t count = std::min<std::size_t>(70'000, 300'000 - first);
    CHECK(text_of(reader.read(checkpoint.tensors[0], first, count)) ==
          bytes_of(std::vector<std::int64_t>(expected.begin() + static_cast<std::ptrdiff_t>(first),
                                             expected.begin() + static_cast<std::ptrdiff_t>(first + count))));
  }
}

TEST_CASE("O23 cut short at every byte") {
  const std::string whole = model(constant("c", tensor("", {2}, kInt64, packed(7, {3, 400}))) +
                                  node("If", "y", branch(initializer(four("x")))) + initializer(four("w")));
  const TempFolder folder;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Verdict verdict = open_once(folder.write_anew("m.onnx", whole.substr(0, length)), {});
    INFO(length);
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->code() == ErrorCode::malformed);
  }
  CHECK(accepts(folder.write_anew("m.onnx", whole)).tensors.size() == 3);
}

TEST_CASE("O24 files that are no models") {
  const TempFolder folder;
  for (const std::string& content : {"random text, not a model at all"s, "\x0A\x0Aten letters"s,
                                     bytes(7, initializer(four())), std::string(100, '\x08')}) {
    INFO(content);
    rejects(folder.write_anew("m.onnx", content), "FORMAT-UNKNOWN", 0);
  }
  rejects_bytes(number(1, 8) + bytes(2, "x"), "ONNX-MODEL");
  rejects_bytes(number(1, 0) + bytes(7, "") + bytes(8, ""), "ONNX-MODEL");
  rejects_bytes(number(1, UINT64_MAX) + bytes(7, "") + bytes(8, ""), "ONNX-MODEL");
  rejects_bytes(number(1, 8) + bytes(7, initializer(four())), "ONNX-MODEL");
  CHECK(content_of_model(number(1, 2) + bytes(7, initializer(four()))) == kSixteen);
}

}  // namespace
}  // namespace weightsieve::test
