// Rows O05 to O12 and O18 of the list of malformed inputs: tensors of ONNX models in files beside them.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "format/onnx_verdict.hpp"

namespace weightsieve::test {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace onnx;
using Keys = std::vector<std::pair<std::string, std::string>>;

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
