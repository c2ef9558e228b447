// The library's compare: what belongs together, cancellation, change, progress. Figures are held against
// numpy in tests/python/test_compare.py.
#include "weightsieve/ops/compare.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "io/temp_folder.hpp"
#include "support/safetensors_file.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

constexpr std::uint64_t kLarge = 3 * (std::uint64_t{1} << 20) + 5;

std::string floats(std::uint64_t count, float first) {
  std::vector<float> values(count);
  for (std::uint64_t i = 0; i < count; ++i)
    values[i] = first + static_cast<float>(i % 1000);
  return bytes_of(values);
}

/// A large tensor, a small one, and one whose name is given.
std::string write_model(const TempFolder& folder, const std::string& file, const std::string& third,
                        float small_first = 1) {
  SafetensorsWriter writer;
  writer.add("large", "F32", {kLarge}, floats(kLarge, 0));
  writer.add("small", "F32", {10}, floats(10, small_first));
  writer.add(third, "F32", {70'000}, floats(70'000, 2));
  return folder.write(file, writer.file());
}

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode{0};
}

}  // namespace

TEST_CASE("a checkpoint is identical to its copy, and all of both was read") {
  const TempFolder folder;
  const std::string a = write_model(folder, "a.safetensors", "third");
  const std::string b = write_model(folder, "b.safetensors", "third");
  Progress last;
  const ProfileDiff diff =
      compare(a, b, {}, {}, {.threads = 2, .progress = [&](const Progress& now) { last = now; }});
  CHECK(diff.likeness() == Likeness::identical);
  CHECK(diff.count(Likeness::identical) == 3);
  CHECK(diff.parameters->values == kLarge + 70'010);
  CHECK(diff.ks->high == 0);
  CHECK(last.done_bytes == last.total_bytes);
  CHECK(last.total_bytes == 2 * 4 * (kLarge + 70'010));
}

TEST_CASE("a tensor of the same bytes under another name was renamed") {
  const TempFolder folder;
  const std::string a = write_model(folder, "a.safetensors", "old");
  const ProfileDiff diff = compare(a, write_model(folder, "b.safetensors", "new", 5));
  CHECK(diff.likeness() == Likeness::different);
  REQUIRE(diff.renamed.size() == 1);
  CHECK(diff.a.tensors[diff.renamed[0].first].info.name == "old");
  CHECK(diff.b.tensors[diff.renamed[0].second].info.name == "new");
  CHECK(diff.removed.empty());
  CHECK(diff.added.empty());
  CHECK(diff.count(Likeness::different) == 1);
  CHECK(diff.parameters->greatest->difference == 4);
  CHECK(diff.parameters->greatest->tensor == "small");
}

TEST_CASE("renamed tensors go together in order, and only those of one content") {
  ProfileDiff diff;
  diff.removed = {4, 5, 6, 7};
  diff.added = {1, 2, 3};
  match_renamed(diff, {"x", "y", "x", ""}, {"x", "", "x"});
  CHECK(diff.renamed == std::vector<std::pair<std::size_t, std::size_t>>{{4, 1}, {6, 3}});
  CHECK(diff.removed == std::vector<std::size_t>{5, 7});
  CHECK(diff.added == std::vector<std::size_t>{2});
}

TEST_CASE("a comparison can be stopped") {
  const TempFolder folder;
  const std::string a = write_model(folder, "a.safetensors", "third");
  CancelToken token;
  const RunControl control{
      .threads = 2, .progress = [&](const Progress&) { token.cancel(); }, .cancel = &token};
  CHECK(code_of([&] { compare(a, a, {}, {}, control); }) == ErrorCode::cancelled);
}

TEST_CASE("either input that changes while it is read ends the comparison") {
  const TempFolder folder;
  const std::string a = write_model(folder, "a.safetensors", "third");
  const std::string b = write_model(folder, "b.safetensors", "third");
  for (const std::string& changed : {a, b}) {
    const RunControl control{
        .threads = 1, .progress = [&](const Progress&) { std::ofstream(changed, std::ios::app) << "more"; }};
    CHECK(code_of([&] { compare(a, b, {}, {}, control); }) == ErrorCode::changed);
    write_model(folder, std::filesystem::path(changed).filename(), "third");
  }
}

TEST_CASE("a tolerance lets values be apart and dtypes differ, and nothing else") {
  const TempFolder folder;
  const std::string a = write_model(folder, "a.safetensors", "third");
  const std::string b = write_model(folder, "b.safetensors", "third", 1.5f);
  CHECK(compare(a, b, {.tolerance = 0.5}).likeness() == Likeness::close);
  CHECK(compare(a, b, {.tolerance = 0.4}).likeness() == Likeness::different);
  CHECK(compare(a, write_model(folder, "c.safetensors", "fourth"), {.tolerance = 9}).likeness() ==
        Likeness::different);
}
