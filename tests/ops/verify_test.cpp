#include "weightsieve/ops/verify.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "io/temp_folder.hpp"
#include "support/safetensors_file.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

/// Three tensors of 4, 8 and 3,000,000 floats.
std::string write_model(const TempFolder& folder) {
  SafetensorsWriter writer;
  writer.add("a.bias", "F32", {4}, std::string(16, '\0'));
  writer.add("a.weight", "F32", {8}, std::string(32, '\0'));
  writer.add("b.weight", "F32", {3'000'000}, std::string(12'000'000, '\1'));
  return folder.write("model.safetensors", writer.file());
}

}  // namespace

TEST_CASE("a sound checkpoint is described, and every byte of it was read") {
  const TempFolder folder;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    Progress last;
    const RunControl control{.io = io, .progress = [&](const Progress& progress) { last = progress; }};
    const Verification result = verify_checkpoint(write_model(folder), {}, {}, control);
    CHECK(result.sound());
    CHECK(result.name == "model");
    CHECK(result.format == "safetensors");
    CHECK(result.files == 1);
    CHECK(result.tensors == 3);
    CHECK(result.bytes == 12'000'048);
    CHECK(result.data_read);
    CHECK(last.done_bytes == 12'000'048);
    CHECK(last.total_bytes == 12'000'048);
  }
}

TEST_CASE("a filter and headers_only leave data out") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const Verification some = verify_checkpoint(model, {}, {.include = {"^a"}, .exclude = {"bias"}});
  CHECK(some.tensors == 1);
  CHECK(some.bytes == 32);
  bool read = false;
  const RunControl control{.progress = [&](const Progress&) { read = true; }};
  CHECK_FALSE(verify_checkpoint(model, {.headers_only = true}, {}, control).data_read);
  CHECK_FALSE(read);
}

TEST_CASE("what other verbs refuse is a finding with the same rule and place") {
  const TempFolder folder;
  const std::string hole = safetensors_file("{" + entry("a", "U8", {2}, 1, 3) + "}", "xyz");
  const Verification result = verify_checkpoint(folder.write("hole.safetensors", hole));
  CHECK_FALSE(result.sound());
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].place.rule == "ST-HOLE");
  CHECK(result.errors[0].place.tensor == "a");
  CHECK(result.name == "hole.safetensors");
  CHECK(result.format.empty());
}

TEST_CASE("a warning is a warning, and under strict an error") {
  const TempFolder folder;
  const std::string path =
      folder.write("m", safetensors_file("{" + entry("a", "U8", {1}, 0, 1) + "}", "x-tail"));
  const Verification lax = verify_checkpoint(path);
  CHECK(lax.sound());
  REQUIRE(lax.warnings.size() == 1);
  const Verification strict = verify_checkpoint(path, {}, {}, {.strict = true});
  REQUIRE(strict.errors.size() == 1);
  CHECK(strict.errors[0].place.rule == lax.warnings[0].place.rule);
  CHECK(strict.warnings.empty());
}

TEST_CASE("strict names every problem, and what it alone looks for") {
  const TempFolder folder;
  folder.write("model-00001-of-00002.safetensors",
               safetensors_file("{" + entry("a", "U8", {1}, 0, 1) + "}", "x-tail"));
  const std::string real =
      folder.write("elsewhere", safetensors_file("{" + entry("b", "U8", {1}, 0, 1) + "}", "y-more"));
  std::filesystem::create_symlink(real, folder / "model-00002-of-00002.safetensors");
  const Verification lax = verify_checkpoint(folder / "");
  const Verification strict = verify_checkpoint(folder / "", {}, {}, {.strict = true});
  CHECK(lax.warnings.size() == 2);
  CHECK(strict.errors.size() == 3);
  CHECK(strict.tensors == 2);
}

TEST_CASE("what is not about the checkpoint's structure is still an error") {
  const TempFolder folder;
  const auto code_of = [&](const std::string& path, const NameFilter& filter, const RunControl& control) {
    try {
      verify_checkpoint(path, {}, filter, control);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::malformed;
  };
  CHECK(code_of(folder / "missing", {}, {}) == ErrorCode::unreadable);
  CHECK(code_of(write_model(folder), {.include = {"("}}, {}) == ErrorCode::usage);
  CancelToken cancel;
  cancel.cancel();
  CHECK(code_of(write_model(folder), {}, {.cancel = &cancel}) == ErrorCode::cancelled);
}
