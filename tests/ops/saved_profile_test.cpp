#include "weightsieve/ops/saved_profile.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "io/temp_folder.hpp"
#include "support/safetensors_file.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/profile/profile_json.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

std::string floats(std::initializer_list<float> values) { return bytes_of(std::vector<float>(values)); }

std::string write_model(const TempFolder& folder) {
  SafetensorsWriter writer;
  writer.add("a.bias", "F32", {3}, floats({0.5f, -0.0f, 3e38f}));
  writer.add("a.weight", "F32", {4}, floats({-2, 0.05f, 1e-40f, INFINITY}));
  writer.add("b.running_mean", "F32", {1}, floats({-100}));
  writer.add("b.weight", "F32", {2}, floats({NAN, 7}));
  return folder.write("model.safetensors", writer.file());
}

std::string json_of(const CheckpointProfile& profile) {
  std::string text;
  write_profile_json(profile, [&](std::string_view piece) { text += piece; });
  return text;
}

std::optional<Place> refusal(const std::string& path) {
  try {
    read_saved_profiles(path);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.place();
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a file may hold several profiles, however they are spaced") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string full = json_of(profile_checkpoint(model));
  const std::string bare = json_of(inspect_checkpoint(model));
  for (const std::string& text : {full + bare, "\n " + full + "\n\n" + bare + " \n"}) {
    const auto profiles = read_saved_profiles(folder.write("saved.json", text));
    REQUIRE(profiles.size() == 2);
    CHECK(json_of(profiles[0]) == full);
    CHECK(json_of(profiles[1]) == bare);
  }
}

TEST_CASE("braces and quotes in names do not end a document") {
  const TempFolder folder;
  const std::string name = R"(}{"\"}}\\)";
  const std::string model = folder.write("m", SafetensorsWriter().add(name, "F32", {1}, floats({1})).file());
  const std::string text = json_of(profile_checkpoint(model));
  const auto profiles = read_saved_profiles(folder.write("saved.json", text + text));
  REQUIRE(profiles.size() == 2);
  CHECK(profiles[1].tensors.at(0).info.name == name);
}

TEST_CASE("an error in a later document has its offset in the file") {
  const TempFolder folder;
  const std::string good = json_of(inspect_checkpoint(write_model(folder)));
  const auto second = refusal(folder.write("saved.json", good + "{\"schema\": 3}"));
  REQUIRE(second);
  CHECK(second->offset_bytes.value_or(0) >= good.size());
  CHECK(refusal(folder.write("saved.json", good + "}")));
  CHECK(refusal(folder.write("saved.json", good.substr(0, good.size() / 2))));
  CHECK(refusal(folder.write("saved.json", "")));
}

TEST_CASE("a checkpoint named by mistake is refused without reading it all") {
  const TempFolder folder;
  const std::string huge = folder / "huge.safetensors";
  write_sparse(huge, safetensors_file("{}"), std::uint64_t{1} << 40);
  const auto place = refusal(huge);
  REQUIRE(place);
  CHECK(place->rule == "PROFILE-JSON");
}

TEST_CASE("a saved profile is known by its schema, wherever that stands") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  CHECK_FALSE(is_saved_profile(model));
  CHECK(is_saved_profile(folder.write("saved", json_of(inspect_checkpoint(model)))));
  CHECK_FALSE(is_saved_profile(folder.write("index", R"({"weight_map": {}})")));
  CHECK_FALSE(is_saved_profile(folder.write("empty", "")));
  const std::string late = "{\"findings\": \"" + std::string(40'000'000, 'x') + "\", ";
  CHECK(is_saved_profile(folder.write("sorted", late + R"("schema": "weightsieve.profile/1"})")));
  CHECK_FALSE(is_saved_profile(folder.write("binary", std::string("{\"\0\"weightsieve.profile/1\"", 25))));
}

TEST_CASE("totals of selected tensors are what profiling only those gives, as far as tensors add up") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const NameFilter filter{.include = {"weight|running"}, .exclude = {"^b.weight"}};
  CheckpointProfile selected = profile_checkpoint(model);
  select_tensors(selected, filter);
  const CheckpointProfile direct = profile_checkpoint(model, {}, filter);

  CHECK(selected.tensors.size() == 2);
  CHECK(selected.totals.layers == 1);
  CHECK(selected.totals.buffers == 1);
  CHECK(selected.totals.parameters == direct.totals.parameters);
  const Statistics& sum = *selected.totals.statistics;
  const Statistics& wanted = *direct.totals.statistics;
  CHECK(sum.counts == wanted.counts);
  REQUIRE(sum.min);
  CHECK(sum.min->value == wanted.min->value);
  CHECK(sum.min->index == wanted.min->index);
  CHECK(sum.min->tensor == wanted.min->tensor);
  CHECK(sum.max->value == wanted.max->value);
  REQUIRE(sum.intervals.size() == wanted.intervals.size());
  for (std::size_t i = 0; i < sum.intervals.size(); ++i) {
    CHECK(sum.intervals[i].below == wanted.intervals[i].below);
    CHECK(sum.intervals[i].above == wanted.intervals[i].above);
  }
  CHECK(sum.mean == wanted.mean);
  CHECK(sum.quantiles.values.size() == wanted.quantiles.values.size());
  CHECK_NOTHROW(read_profile_json(json_of(selected), "selected"));
}

TEST_CASE("moments of selected tensors are pooled from the tensors' own") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("a", "F32", {5}, floats({1, 2, 4, -8, 16}));
  writer.add("constant", "F32", {3}, floats({2, 2, 2}));
  writer.add("empty", "F32", {0}, floats({}));
  writer.add("far", "F32", {4}, floats({1000, 1001, 1003, INFINITY}));
  writer.add("left out", "F32", {2}, floats({-1e9f, 1e9f}));
  const std::string model = folder.write("model.safetensors", writer.file());
  const NameFilter filter{.exclude = {"left"}};
  CheckpointProfile selected = profile_checkpoint(model);
  select_tensors(selected, filter);
  const CheckpointProfile direct = profile_checkpoint(model, {}, filter);
  const Statistics& sum = *selected.totals.statistics;
  const Statistics& wanted = *direct.totals.statistics;
  for (const auto figure : {&Statistics::mean, &Statistics::std, &Statistics::l1, &Statistics::l2,
                            &Statistics::rms, &Statistics::skewness, &Statistics::excess_kurtosis}) {
    REQUIRE(sum.*figure);
    CHECK(*(sum.*figure) == Approx(*(wanted.*figure)).epsilon(1e-13));
  }
  CHECK(sum.magnitude_histogram.exponent_low == wanted.magnitude_histogram.exponent_low);
  CHECK(sum.magnitude_histogram.counts == wanted.magnitude_histogram.counts);
  CHECK(sum.quantiles.values.empty());
  CHECK(sum.histogram.counts.empty());
  CHECK_NOTHROW(read_profile_json(json_of(selected), "selected"));
}

TEST_CASE("histograms of the same edges add up when tensors are selected") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  StatsOptions options;
  options.bins = 4;
  options.range = {-8, 8};
  const NameFilter filter{.exclude = {"b.weight"}};
  CheckpointProfile selected = profile_checkpoint(model, options);
  select_tensors(selected, filter);
  const CheckpointProfile direct = profile_checkpoint(model, options, filter);
  const Histogram& sum = selected.totals.statistics->histogram;
  CHECK(sum.counts == direct.totals.statistics->histogram.counts);
  CHECK(sum.above == direct.totals.statistics->histogram.above);
}

TEST_CASE("a moment that a selected tensor lacks is lacking in their sum") {
  const TempFolder folder;
  SafetensorsWriter writer;
  writer.add("a", "F64", {2}, bytes_of(std::vector<double>{1e200, -1e200}));
  writer.add("b", "F64", {2}, bytes_of(std::vector<double>{1, 2}));
  writer.add("c", "F64", {1}, bytes_of(std::vector<double>{3}));
  CheckpointProfile selected = profile_checkpoint(folder.write("model.safetensors", writer.file()));
  select_tensors(selected, {.exclude = {"c"}});
  CHECK(selected.totals.statistics->mean);
  CHECK_FALSE(selected.totals.statistics->std);
  CHECK_FALSE(selected.totals.statistics->skewness);
}

TEST_CASE("a pattern that keeps everything loses nothing") {
  const TempFolder folder;
  CheckpointProfile profile = profile_checkpoint(write_model(folder));
  const std::string before = json_of(profile);
  select_tensors(profile, {.include = {"."}});
  CHECK(json_of(profile) == before);
}

TEST_CASE("a pattern that keeps nothing is refused") {
  const TempFolder folder;
  CheckpointProfile profile = profile_checkpoint(write_model(folder));
  CHECK_THROWS_WITH(select_tensors(profile, {.include = {"absent"}}),
                    Catch::Contains("no tensor's name matches --include absent"));
}

TEST_CASE("without a pattern nothing is dropped") {
  const TempFolder folder;
  CheckpointProfile profile = profile_checkpoint(write_model(folder));
  const std::string before = json_of(profile);
  select_tensors(profile, {});
  CHECK(json_of(profile) == before);
}
