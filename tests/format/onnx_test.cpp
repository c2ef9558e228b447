// What ONNX models hold, and rows O13 to O19 of the list of malformed inputs.
#include <catch2/catch.hpp>

#include "format/onnx_verdict.hpp"

namespace weightsieve::test {
namespace {

using namespace std::string_literals;
using namespace onnx;

TEST_CASE("tensors of an ONNX model in the order of the file, read where they lie") {
  const std::string floats = bytes_of(std::vector<float>{1, -2, 3, -4, 5, -6});
  const TempFolder folder;
  const std::string path = folder.write(
      "m.onnx",
      model(constant("c", tensor("", {2}, kHalf, raw("\0\x3C\0\xBC"s))) +
            initializer(tensor("b", {2, 3}, kFloat, raw(floats))) +
            initializer(tensor("a", {6}, kFloat, bytes(4, floats))) +
            initializer(tensor("d", {}, kDouble, bytes(10, bytes_of(0.5)))) +
            initializer(tensor("i", {3}, kInt8, raw("\1\2\3"))) +
            initializer(tensor("z", {1}, kComplex64, bytes(4, bytes_of(std::vector<float>{1, 2})))) +
            initializer(tensor("e", {0, 3}, kInt64, raw("")))));
  const Checkpoint checkpoint = accepts(path);
  CHECK(checkpoint.format == "onnx");
  CHECK(checkpoint.name == "m");
  REQUIRE(checkpoint.tensors.size() == 7);
  const std::vector<std::string> names{"c", "b", "a", "d", "i", "z", "e"};
  const std::vector<std::string> contents{
      "\0\x3C\0\xBC"s, floats, floats, bytes_of(0.5), "\1\2\3", bytes_of(std::vector<float>{1, 2}), ""};
  const std::vector<Dtype> dtypes{Dtype::F16, Dtype::F32, Dtype::F32, Dtype::F64,
                                  Dtype::I8,  Dtype::C64, Dtype::I64};
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(checkpoint.tensors[i].name == names[i]);
    CHECK(checkpoint.tensors[i].dtype == dtypes[i]);
    CHECK(content_of(checkpoint, i) == contents[i]);
  }
  CHECK(checkpoint.tensors[1].shape == Shape{2, 3});
  CHECK(checkpoint.tensors[3].shape.empty());
}

TEST_CASE("constants, graphs in nodes, functions; what is no weight is a buffer") {
  const std::string inner = initializer(four("x")) + constant("s", tensor("", {}, kFloat, raw("1234"))) +
                            constant("shape", tensor("", {2}, kInt64, packed(7, {3, 4})));
  const std::string graph =
      node("If", "y", branch(inner)) + node("If", "y2", branch(inner, "else_branch")) +
      node("ConstantOfShape", "f", bytes(1, "value") + bytes(5, tensor("", {1}, kFloat, raw("1234")))) +
      constant("w", four("another name")) + initializer(four("v"));
  const std::string function =
      bytes(25, bytes(1, "f") + bytes(7, bytes(2, "k") + bytes(4, "Constant") +
                                             bytes(5, bytes(1, "value") + bytes(5, four("")))));
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(folder.write("m.onnx", model(graph) + function));
  std::vector<std::string> found;
  for (const TensorInfo& tensor : checkpoint.tensors)
    found.push_back(tensor.name + (tensor.role == Role::buffer ? " buffer" : ""));
  CHECK(found == std::vector<std::string>{"x", "s buffer", "shape buffer", "x#2", "s#2 buffer",
                                          "shape#2 buffer", "w", "v", "k"});
}

TEST_CASE("O13 shapes, and as many elements") {
  rejects_tensor(tensor("w", {UINT64_MAX}, kFloat, raw(kSixteen)), "ONNX-SHAPE");
  rejects_tensor(tensor("w", {kTwo63}, kFloat, raw(kSixteen)), "ONNX-SHAPE");
  rejects_tensor(tensor("w", {kTwo63 - 1, 4}, kUint8, raw(kSixteen)), "ONNX-SHAPE");
  rejects_tensor(tensor("w", {std::uint64_t{1} << 61}, kComplex128, raw(kSixteen)), "ONNX-SHAPE");
  rejects_tensor(tensor("w", std::vector<std::uint64_t>(65, 1), kUint8, raw("1")), "ONNX-SHAPE");
  rejects_tensor(tensor("w", {3}, kFloat, raw(kSixteen)), "ONNX-SIZE");
  rejects_tensor(tensor("w", {5}, kFloat, raw(kSixteen)), "ONNX-SIZE");
  rejects_tensor(tensor("w", {0}, kFloat, raw(kSixteen)), "ONNX-SIZE");
  rejects_tensor(tensor("w", {3}, kFloat, bytes(4, kSixteen)), "ONNX-SIZE");
  rejects_tensor(tensor("w", {3}, kComplex64, bytes(4, kSixteen)), "ONNX-SIZE");
  rejects_tensor(tensor("w", {3}, kInt64, packed(7, {1, 2})), "ONNX-SIZE");
  rejects_tensor(tensor("w", {1}, kInt64, packed(7, {1, 2})), "ONNX-SIZE");
  rejects_tensor(tensor("w", {3}, kInt64, ""), "ONNX-SIZE");
  rejects_tensor(tensor("w", {3}, kFloat, raw("")), "ONNX-SIZE");
  CHECK(content_of_model(model_of(tensor("w", {2, 2}, kFloat, raw(kSixteen)))) == kSixteen);
}

TEST_CASE("O14 elements in two places") {
  rejects_tensor(four() + bytes(4, kSixteen), "ONNX-DATA");
  rejects_tensor(bytes(4, kSixteen) + four(), "ONNX-DATA");
  rejects_tensor(four() + external({{"location", "d"}}), "ONNX-DATA");
  rejects_tensor(four() + entry("location", "d"), "ONNX-DATA");
  rejects_tensor(tensor("w", {4}, kFloat, bytes(4, kSixteen) + packed(7, {1})), "ONNX-DATA");
  rejects_tensor(tensor("w", {2}, kFloat, packed(5, {1, 2})), "ONNX-DATA");
  rejects_tensor(tensor("w", {2}, kInt64, packed(5, {1, 2})), "ONNX-DATA");
  rejects_tensor(four() + number(14, 2), "ONNX-DATA");
  CHECK(content_of_model(model_of(four() + bytes(4, "") + packed(7, {}) + number(14, 0))) == kSixteen);
}

TEST_CASE("O15 data types") {
  rejects_tensor(tensor("w", {4}, 0, raw(kSixteen)), "ONNX-TYPE");
  rejects_tensor(tensor("w", {4}, 99, raw(kSixteen)), "ONNX-TYPE");
  rejects_tensor(tensor("w", {4}, UINT64_MAX, raw(kSixteen)), "ONNX-TYPE");
  rejects_tensor(number(1, 4) + bytes(8, "w") + raw(kSixteen), "ONNX-TYPE");
  rejects_tensor(tensor("w", {1}, kText, raw("x")), "ONNX-DATA");
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(
      folder.write("m.onnx", model(initializer(tensor("t", {2}, kText, bytes(6, "a") + bytes(6, "b"))) +
                                   initializer(tensor("c", {1}, kComplex128, raw(kSixteen))) +
                                   initializer(tensor("f", {5}, kFloat6, raw("1234"))) +
                                   initializer(tensor("h", {3}, kFloat4, raw("12"))) + initializer(four()))));
  REQUIRE(checkpoint.tensors.size() == 1);
  std::string skipped;
  for (const SkippedTensor& tensor : checkpoint.skipped)
    skipped += tensor.name + ": " + tensor.reason + "\n";
  CHECK(skipped ==
        "t: its type is STRING, which is not read; its shape is (2,)\n"
        "c: its type is COMPLEX128, which is not read; its shape is (1,)\n"
        "f: its type is FLOAT6E2M3, which is not read; its shape is (5,)\n"
        "h: its type is FLOAT4E2M1, of which an odd number does not fill bytes; its shape is (3,)\n");
}

TEST_CASE("O16 integers of fewer than 8 bits, and numbers that a type does not have") {
  const std::string bytes_given = "\x8F\x71\x0A";
  const std::vector<std::uint64_t> numbers{0x8F, 0x71, 0x0A};
  const std::string as_signed = "\xFF\xF8\1\7\xFA";
  const std::string as_unsigned = "\x0F\x08\1\7\x0A";
  for (const std::string& elements : {raw(bytes_given), packed(5, numbers)}) {
    CHECK(content_of_model(model_of(tensor("w", {5}, kInt4, elements))) == as_signed);
    CHECK(content_of_model(model_of(tensor("w", {5}, kUint4, elements))) == as_unsigned);
    CHECK(content_of_model(model_of(tensor("w", {6}, kFloat4, elements))) == bytes_given);
  }
  CHECK(content_of_model(model_of(tensor("w", {5}, kInt2, raw("\xE4\x02")))) == "\0\1\xFE\xFF\xFE"s);
  CHECK(content_of_model(model_of(tensor("w", {2}, kHalf, packed(5, {0x3C00, 0xFFFF})))) ==
        "\0\x3C\xFF\xFF"s);
  CHECK(content_of_model(model_of(tensor("w", {2}, kInt8, packed(5, {127, UINT64_MAX - 127})))) ==
        "\x7F\x80");
  CHECK(content_of_model(model_of(tensor("w", {1}, kInt32, packed(5, {UINT64_MAX})))) == "\xFF\xFF\xFF\xFF");
  for (const std::uint64_t type : {kHalf, kBfloat16})
    for (const std::uint64_t value : {std::uint64_t{0x10000}, UINT64_MAX})
      rejects_tensor(tensor("w", {1}, type, packed(5, {value})), "ONNX-VALUE");
  for (const std::uint64_t value : {std::uint64_t{128}, UINT64_MAX - 128})
    rejects_tensor(tensor("w", {1}, kInt8, packed(5, {value})), "ONNX-VALUE");
  rejects_tensor(tensor("w", {1}, kUint8, packed(5, {256})), "ONNX-VALUE");
  rejects_tensor(tensor("w", {1}, kBool, packed(5, {2})), "ONNX-VALUE");
  rejects_tensor(tensor("w", {1}, kInt32, packed(5, {kTwo63 >> 32})), "ONNX-VALUE");
  rejects_tensor(tensor("w", {1}, kUint32, packed(11, {std::uint64_t{1} << 32})), "ONNX-VALUE");
  rejects_tensor(tensor("w", {3}, kUint4, packed(5, {0x100, 1})), "ONNX-VALUE");
}

TEST_CASE("O17 segments") { rejects_tensor(four() + bytes(3, number(1, 0) + number(2, 4)), "ONNX-DATA"); }

TEST_CASE("O19 names twice, and none") {
  const Checkpoint twice = warns_bytes(model(initializer(four("w")) + initializer(four("w"))), "ONNX-NAME");
  REQUIRE(twice.tensors.size() == 2);
  CHECK(twice.tensors[1].name == "w#2");
  const Checkpoint unnamed =
      warns_bytes(model(initializer(four("")) + initializer(four("unnamed"))), "ONNX-NAME");
  CHECK(unnamed.tensors[0].name == "unnamed");
  CHECK(unnamed.tensors[1].name == "unnamed#2");
  rejects_tensor(four("\xFF"), "ONNX-TEXT");
}

TEST_CASE("fields that ONNX does not have are passed over, and observed") {
  const TempFolder folder;
  const std::string odd =
      bytes(99, "hidden") + tag(100, 1) + "12345678" + tag(101, 5) + "1234" + number(102, 1);
  const Checkpoint checkpoint = accepts(folder.write("m.onnx", model_of(four() + odd) + odd));
  REQUIRE(checkpoint.observations.size() == 8);
  CHECK(checkpoint.observations[0].rule == "SEC-UNKNOWN-FIELD");
}

}  // namespace
}  // namespace weightsieve::test
