// Rows O01 to O24 of the list of malformed inputs, and what ONNX models hold.
#include "support/onnx_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "format/verdict.hpp"

namespace weightsieve::test {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace onnx;
using Keys = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint64_t kTwo63 = std::uint64_t{1} << 63;
const std::string kSixteen(16, '\1');

std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The bytes of the i-th tensor, by both ways of reading.
std::string content_of(const Checkpoint& checkpoint, std::size_t i) {
  std::string content;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    SourcePool files = open_files(checkpoint, io);
    TensorReader reader(files);
    const std::string read = text_of(reader.read(checkpoint.tensors[i], 0, checkpoint.tensors[i].elements));
    CHECK((content.empty() || content == read));
    content = read;
  }
  return content;
}

std::string content_of(const std::string& model) {
  const TempFolder folder;
  return content_of(accepts(folder.write("m.onnx", model)), 0);
}

void rejects_tensor(const std::string& tensor, std::string_view rule) {
  rejects_bytes(model_of(tensor), rule);
}

std::string four_external(const Keys& entries) { return tensor("w", {4}, kFloat, external(entries)); }

/// A folder with a model whose tensors, of four floats each, lie in "d" of 64 bytes.
struct ExternalModel {
  explicit ExternalModel(const std::vector<Keys>& tensors) {
    std::string graph;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      graph += initializer(tensor("w" + std::to_string(i), {4}, kFloat, external(tensors[i])));
    path = folder.write("m.onnx", model(graph));
    std::string data;
    for (char c = 0; c < 64; ++c)
      data += c;
    folder.write("d", data);
  }

  TempFolder folder;
  std::string path;
};

ExternalModel one(const Keys& entries) { return ExternalModel(std::vector<Keys>{entries}); }

/// REJECT by both ways of reading, at a place inside the model.
void rejects_model(const ExternalModel& model, std::string_view rule, bool strict = false) {
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    const Verdict verdict = open_once(model.path, {io, strict});
    REQUIRE(verdict.error.has_value());
    INFO(verdict.error->what());
    CHECK(verdict.error->code() == ErrorCode::malformed);
    CHECK(verdict.error->place().rule == rule);
    const bool about_model = verdict.error->place().file == model.path;
    CHECK((!about_model || verdict.error->place().offset_bytes < fs::file_size(model.path)));
  }
}

Checkpoint warns_of_model(const ExternalModel& model, std::string_view rule) {
  rejects_model(model, rule, true);
  const Verdict verdict = open_once(model.path, {});
  REQUIRE(verdict.checkpoint.has_value());
  REQUIRE(verdict.checkpoint->problems.size() == 1);
  CHECK(verdict.checkpoint->problems[0].rule == rule);
  return *verdict.checkpoint;
}

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
  CHECK(content_of(number(1, 8) + bytes(2, "") + bytes(7, bytes(5, four())) + bytes(8, "")) == kSixteen);
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
  CHECK(content_of(nested(30)) == kSixteen);
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

TEST_CASE("O05 locations that lead elsewhere") {
  for (const std::string& location : {"../d"s, "/etc/hostname"s, "a/../../d"s, "a/../d"s, "..\\d"s, "a\\d"s,
                                      "C:/d"s, "C:d"s, "./d"s, "a//d"s, "d/"s, "."s, ".."s, "d\0"s}) {
    INFO(location);
    rejects_model(one({{"location", location}}), "ONNX-EXTERNAL-PATH");
  }
  for (const std::string& location : {std::string(5000, 'a'), "\xFF"s})
    rejects_model(one({{"location", location}}), "ONNX-TEXT");
}

TEST_CASE("O06 symbolic links on the way") {
  ExternalModel file = one({{"location", "link"}});
  fs::create_symlink("d", file.folder / "link");
  rejects_model(file, "ONNX-EXTERNAL-PATH");
  ExternalModel parent = one({{"location", "sub/deep/d"}});
  fs::create_directories(parent.folder / "real/deep");
  parent.folder.write("real/deep/d", std::string(64, '\1'));
  fs::create_symlink("real", parent.folder / "sub");
  rejects_model(parent, "ONNX-EXTERNAL-PATH");
  ExternalModel plain = one({{"location", "real/deep/d"}});
  fs::create_directories(plain.folder / "real/deep");
  plain.folder.write("real/deep/d", kSixteen);
  CHECK(content_of(accepts(plain.path), 0) == kSixteen);
}

TEST_CASE("O07 hard links") {
  ExternalModel model = one({{"location", "d"}});
  fs::create_hard_link(model.folder / "d", model.folder / "other");
  CHECK(warns_of_model(model, "ONNX-EXTERNAL-LINK").tensors.size() == 1);
}

TEST_CASE("O08 what is no file of data") {
  rejects_model(one({{"location", "m.onnx"}}), "ONNX-EXTERNAL-FILE");
  rejects_model(one({{"location", "missing"}}), "ONNX-EXTERNAL-FILE");
  rejects_model(one({{"location", ""}}), "ONNX-EXTERNAL-PATH");
  rejects_model(one({{"offset", "0"}}), "ONNX-EXTERNAL");
  ExternalModel empty = one({{"location", "empty"}});
  empty.folder.write("empty", "");
  rejects_model(empty, "ONNX-EXTERNAL-RANGE");
  ExternalModel folder = one({{"location", "sub"}});
  fs::create_directory(folder.folder / "sub");
  rejects_model(folder, "FILE-KIND");
  ExternalModel pipe = one({{"location", "pipe"}});
  REQUIRE(::mkfifo((pipe.folder / "pipe").c_str(), 0600) == 0);
  rejects_model(pipe, "FILE-KIND");
  ExternalModel device = one({{"location", "null"}});
  fs::create_symlink("/dev/null", device.folder / "null");
  rejects_model(device, "ONNX-EXTERNAL-PATH");
}

TEST_CASE("O09 offsets and lengths") {
  for (const char* const key : {"offset", "length"})
    for (const char* const value : {"-1", "12abc", "18446744073709551616", "9223372036854775808", " 12",
                                    "12 ", "", "+1", "0x10", "1.0"}) {
      INFO(key << ' ' << value);
      rejects_model(one({{"location", "d"}, {key, value}}), "ONNX-EXTERNAL");
    }
  const auto at = [](const char* offset, const char* length) {
    return one({{"location", "d"}, {"offset", offset}, {"length", length}});
  };
  rejects_model(at("49", "16"), "ONNX-EXTERNAL-RANGE");
  rejects_model(at("9223372036854775807", "16"), "ONNX-EXTERNAL-RANGE");
  rejects_model(at("0", "1125899906842624"), "ONNX-SIZE");
  rejects_model(at("0", "15"), "ONNX-SIZE");
  rejects_model(at("0", "64"), "ONNX-SIZE");
  rejects_model(one({{"location", "d"}, {"offset", "49"}}), "ONNX-EXTERNAL-RANGE");
  const std::string petabyte = tensor("w", {std::uint64_t{1} << 48}, kFloat, external({{"location", "d"}}));
  const TempFolder folder;
  folder.write("d", kSixteen);
  const std::string path = folder.write("m.onnx", model_of(petabyte));
  CHECK(open_once(path, {}).error->place().rule == "ONNX-EXTERNAL-RANGE");
  const ExternalModel good = at("048", "16");
  CHECK(content_of(accepts(good.path), 0).front() == 48);
}

TEST_CASE("O10 keys that ONNX does not have") {
  for (const char* const key : {"__class__", "Location", "", "basepath"})
    CHECK(warns_of_model(one({{"location", "d"}, {key, "x"}}), "ONNX-EXTERNAL-KEY").tensors.size() == 1);
  const ExternalModel known = one({{"location", "d"}, {"checksum", "da39a3ee"}});
  CHECK(accepts(known.path).tensors.size() == 1);
}

TEST_CASE("O11 a key twice") {
  rejects_model(one({{"location", "d"}, {"location", "d"}}), "ONNX-EXTERNAL");
  rejects_model(one({{"location", "d"}, {"offset", "0"}, {"offset", "16"}}), "ONNX-EXTERNAL");
}

TEST_CASE("O12 tensors that share bytes of a file") {
  const Keys first{{"location", "d"}, {"offset", "0"}};
  const Keys within{{"location", "d"}, {"offset", "8"}};
  CHECK(warns_of_model(ExternalModel(std::vector<Keys>{first, within}), "ONNX-OVERLAP").tied.empty());
  const Checkpoint tied =
      accepts(ExternalModel(std::vector<Keys>{first, first, {{"location", "d"}, {"offset", "16"}}}).path);
  CHECK(tied.tied == std::vector<std::vector<std::string>>{{"w0", "w1"}});
  CHECK(tied.tensors[1].offset_bytes == tied.tensors[0].offset_bytes);
}

TEST_CASE("tensors that make much of a small file are refused") {
  const TempFolder folder;
  std::string graph;
  for (std::uint64_t i = 1; i < 60; ++i)
    graph +=
        initializer(tensor("w" + std::to_string(i), {i, 1U << 20}, kInt2, external({{"location", "d"}})));
  folder.write("d", "");
  fs::resize_file(folder / "d", 64 << 20);
  const Verdict verdict = open_once(folder.write("m.onnx", model(graph)), {});
  REQUIRE(verdict.error.has_value());
  CHECK(verdict.error->place().rule == "ONNX-REPEAT");
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
  CHECK(content_of(model_of(tensor("w", {2, 2}, kFloat, raw(kSixteen)))) == kSixteen);
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
  CHECK(content_of(model_of(four() + bytes(4, "") + packed(7, {}) + number(14, 0))) == kSixteen);
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
    CHECK(content_of(model_of(tensor("w", {5}, kInt4, elements))) == as_signed);
    CHECK(content_of(model_of(tensor("w", {5}, kUint4, elements))) == as_unsigned);
    CHECK(content_of(model_of(tensor("w", {6}, kFloat4, elements))) == bytes_given);
  }
  CHECK(content_of(model_of(tensor("w", {5}, kInt2, raw("\xE4\x02")))) == "\0\1\xFE\xFF\xFE"s);
  CHECK(content_of(model_of(tensor("w", {2}, kHalf, packed(5, {0x3C00, 0xFFFF})))) == "\0\x3C\xFF\xFF"s);
  CHECK(content_of(model_of(tensor("w", {2}, kInt8, packed(5, {127, UINT64_MAX - 127})))) == "\x7F\x80");
  CHECK(content_of(model_of(tensor("w", {1}, kInt32, packed(5, {UINT64_MAX})))) == "\xFF\xFF\xFF\xFF");
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

TEST_CASE("O18 tensors in every place are held to the rules") {
  const std::string bad = four_external({{"location", "../d"}});
  const std::string indices = tensor("i", {1}, kInt64, packed(7, {0}));
  const auto attribute = [](std::uint64_t field, std::string_view message) {
    return bytes(1, "value") + bytes(field, message);
  };
  rejects_bytes(model(bytes(15, sparse(bad, indices, {9}))), "ONNX-EXTERNAL-PATH");
  rejects_bytes(model(bytes(15, sparse(four(), bad, {9}))), "ONNX-EXTERNAL-PATH");
  for (const char* const type : {"Constant", "ConstantOfShape"}) {
    rejects_bytes(model(node(type, "c", attribute(5, bad))), "ONNX-EXTERNAL-PATH");
    rejects_bytes(model(node(type, "c", attribute(22, sparse(bad, indices, {9})))), "ONNX-EXTERNAL-PATH");
    rejects_bytes(model(node(type, "c", attribute(10, bad))), "ONNX-EXTERNAL-PATH");
    rejects_bytes(model(node(type, "c", attribute(23, sparse(bad, indices, {9})))), "ONNX-EXTERNAL-PATH");
  }
  rejects_bytes(model(node("If", "y", branch(initializer(bad)))), "ONNX-EXTERNAL-PATH");
  rejects_bytes(model(bytes(15, sparse(four(), indices, {UINT64_MAX}))), "ONNX-SHAPE");
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(
      folder.write("m.onnx", model(bytes(15, sparse(four("s"), indices, {3, 3})) +
                                   node("Constant", "c", attribute(22, sparse(four(""), indices, {9}))))));
  REQUIRE(checkpoint.skipped.size() == 2);
  CHECK(checkpoint.skipped[0].name == "s");
  CHECK(checkpoint.skipped[0].reason == "it is sparse; its shape is (3, 3), with 4 values");
  CHECK(checkpoint.skipped[1].name == "c");
}

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
      CHECK(content_of(model_of(sizes + head + elements)) == expected);
      CHECK(content_of(model_of(elements + head + sizes)) == expected);
    }
  const std::string floats = bytes_of(std::vector<float>{1, 2, 3});
  const auto fixed = [&](std::size_t i) { return tag(4, 5) + floats.substr(4 * i, 4); };
  for (const std::string& elements : {fixed(0) + fixed(1) + fixed(2), fixed(0) + bytes(4, floats.substr(4)),
                                      bytes(4, floats.substr(0, 4)) + bytes(4, floats.substr(4))})
    CHECK(content_of(model_of(tensor("w", {3}, kFloat, elements))) == floats);
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
  CHECK(content_of(number(1, 2) + bytes(7, initializer(four()))) == kSixteen);
}

TEST_CASE("fields that ONNX does not have are passed over, and observed") {
  const TempFolder folder;
  const std::string odd =
      bytes(99, "hidden") + tag(100, 1) + "12345678" + tag(101, 5) + "1234" + number(102, 1);
  const Checkpoint checkpoint = accepts(folder.write("m.onnx", model_of(four() + odd) + odd));
  REQUIRE(checkpoint.observations.size() == 8);
  CHECK(checkpoint.observations[0].rule == "SEC-UNKNOWN-FIELD");
}

TEST_CASE("bytes of external data that belong to nothing are observed, padding is not") {
  for (const std::size_t unused : {std::size_t{1} << 16, (std::size_t{1} << 16) + 1}) {
    const ExternalModel model(
        std::vector<Keys>{{{"location", "d"}}, {{"location", "d"}, {"offset", std::to_string(16 + unused)}}});
    fs::resize_file(model.folder / "d", 32 + unused);
    CHECK(accepts(model.path).observations.size() == (unused > 65'536 ? 1 : 0));
    fs::resize_file(model.folder / "d", 32 + 2 * unused);
    CHECK(accepts(model.path).observations.size() == (unused > 65'536 ? 2 : 0));
  }
}

TEST_CASE("a folder with a model and its data") {
  const ExternalModel model = one({{"location", "d"}});
  const Checkpoint checkpoint = accepts(fs::path(model.path).parent_path());
  REQUIRE(checkpoint.files.size() == 2);
  CHECK(checkpoint.files[0].name == "m.onnx");
  CHECK(checkpoint.files[1].name == "d");
  CHECK(checkpoint.files[1].identity.size_bytes == 64);
  model.folder.write("n.onnx", model_of(four()));
  CHECK(open_once(fs::path(model.path).parent_path(), {}).error->code() == ErrorCode::usage);
}

TEST_CASE("external data that change are noticed") {
  const ExternalModel model = one({{"location", "d"}});
  const Checkpoint checkpoint = accepts(model.path);
  model.folder.write("d", std::string(80, '\2'));
  SourcePool files = open_files(checkpoint, IoMode::automatic);
  TensorReader reader(files);
  try {
    reader.read(checkpoint.tensors[0], 0, 4);
    FAIL("must not be read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::changed);
    CHECK(error.place().file == model.folder / "d");
  }
}

}  // namespace
}  // namespace weightsieve::test
