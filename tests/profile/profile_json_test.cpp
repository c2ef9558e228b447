#include "weightsieve/profile/profile_json.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "profile/sample_profile.hpp"

using namespace weightsieve;

namespace {

std::string written(const CheckpointProfile& profile) {
  std::string text;
  write_profile_json(profile, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// The rule by which the document is refused, and where.
Place refused(const std::string& json) {
  try {
    read_profile_json(json, "p.json");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    CHECK(error.place().file == "p.json");
    CHECK(error.place().offset_bytes.value_or(~0ull) <= json.size());
    return error.place();
  }
  return {};
}

const std::string kExpectedTensor = R"(    {
      "name": "h.0.weight",
      "file": "tiny-1.safetensors",
      "dtype": "F32",
      "shape": [2, 2],
      "squeezed_shape": [2, 2],
      "form": "Matrix",
      "role": "parameter",
      "elements": 4,
      "bytes": 16,
      "counts": {"zero": 1, "negative_zero": 0, "negative": 1, "positive": 2, "nan": 0, "positive_infinity": 1, "negative_infinity": 0, "subnormal": 0},
      "min": -1.5,
      "argmin": 3,
      "max": 0.25,
      "argmax": 1,
      "abs_max": 1.5,
      "mean": -0.4166666666666667,
      "std": 0.772801541,
      "l1": 1.75,
      "l2": 1.5206906325745548,
      "rms": 0.8779711460710615,
      "skewness": -0.5,
      "excess_kurtosis": null,
      "intervals": [
        {"low": -0.1, "high": 0.1, "below": 1, "above": 2, "outside_percent": 75},
        {"low": -1, "high": 1, "below": 1, "above": 1, "outside_percent": 50}
      ],
      "quantiles": {
        "method": "exact",
        "values": [
          {"q": 0.5, "value": 0, "low": 0, "high": 0},
          {"q": 1, "value": 0.25, "low": 0.25, "high": 0.25}
        ]
      },
      "magnitude_quantiles": {
        "method": "sketch",
        "values": [
          {"q": 0.5, "value": 0.25, "low": 0.2490234375, "high": 0.251},
          {"q": 1, "value": 1.5, "low": 1.5, "high": 1.5}
        ]
      },
      "histogram": {"exact": true, "low": -1.5, "high": 0.25, "below": 0, "above": 0, "counts": [1, 0, 2]},
      "magnitude_histogram": {"exact": false, "exponent_low": -2, "counts": [1, 0, 1]}
    })";

}  // namespace

TEST_CASE("a tensor's profile is written field by field, exactly") {
  CHECK_THAT(written(sample_profile()), Catch::Contains(kExpectedTensor));
}

TEST_CASE("an inventory is the same document without what needs tensor data") {
  const std::string text = written(sample_inventory());
  CHECK_THAT(
      text,
      Catch::Contains(
          R"(    {"name": "h.0.empty", "file": "tiny-1.safetensors", "dtype": "F32", "shape": [0, 3], "squeezed_shape": [0, 3], "form": "Matrix", "role": "parameter", "elements": 0, "bytes": 0},)"));
  CHECK_THAT(text,
             !Catch::Contains("options") && !Catch::Contains("counts") && !Catch::Contains("quantiles"));
  CHECK_THAT(text, Catch::Contains(R"("by_dtype": [
      {"dtype": "F32", "tensors": 2, "elements": 4, "bytes": 16},
      {"dtype": "I64", "tensors": 1, "elements": 4, "bytes": 32}
    ])"));
}

TEST_CASE("what is written reads back to the same document") {
  for (const auto& make : {sample_profile, sample_inventory, sample_of_blocks}) {
    const std::string text = written(make());
    CHECK(written(read_profile_json(text, "p.json")) == text);
  }
}

TEST_CASE("integers keep every digit through the file") {
  const CheckpointProfile profile = read_profile_json(written(sample_profile()), "p.json");
  const Statistics& ids = *profile.tensors[2].statistics;
  CHECK(ids.min->value.text() == "-9007199254740993");
  CHECK(ids.max->value.text() == "9223372036854775807");
  CHECK(profile.options->stats.seed == 18'446'744'073'709'551'615u);
  CHECK(profile.totals.parameter_bytes == 16);
}

TEST_CASE("every kind of double survives the file, and what is no number becomes null") {
  CheckpointProfile profile = sample_profile();
  Statistics& statistics = *profile.tensors[0].statistics;
  for (const double value : {5e-324, 1.7976931348623157e308, -0.0, 0.1, 1e22, 0x1p63, 0x1p64, 0x1p60}) {
    statistics.mean = value;
    statistics.min->value = Number(value);
    const std::string text = written(profile);
    const CheckpointProfile back = read_profile_json(text, "p.json");
    CHECK(*back.tensors[0].statistics->mean == value);
    CHECK(std::signbit(*back.tensors[0].statistics->mean) == std::signbit(value));
    CHECK(back.tensors[0].statistics->min->value == Number(value));
    CHECK(written(back) == text);
  }
  statistics.mean = std::numeric_limits<double>::infinity();
  CHECK_THAT(written(profile), Catch::Contains("\"mean\": null"));
}

TEST_CASE("half-open intervals keep their side") {
  CheckpointProfile profile = sample_profile();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<double, double>> asked{{-infinity, 0}, {0, infinity}};
  profile.options->stats.intervals = asked;
  profile.options->stats.range = {-2, 2};
  const auto ask = [&asked](Statistics& statistics) {
    for (std::size_t i = 0; i < asked.size(); ++i) {
      statistics.intervals[i].low = asked[i].first;
      statistics.intervals[i].high = asked[i].second;
    }
  };
  for (TensorProfile& tensor : profile.tensors)
    ask(*tensor.statistics);
  ask(*profile.totals.statistics);
  const CheckpointProfile back = read_profile_json(written(profile), "p.json");
  CHECK(back.options->stats.intervals == asked);
  CHECK(back.options->stats.range == profile.options->stats.range);
  CHECK(back.tensors[0].statistics->intervals[0].low == -infinity);
}

TEST_CASE("statistics that are not what the options ask for are refused") {
  CheckpointProfile profile = sample_profile();
  profile.tensors[0].statistics->intervals.pop_back();
  CHECK(refused(written(profile)).rule == "PROFILE-VALUE");
  profile = sample_profile();
  profile.tensors[0].statistics->quantiles.values.pop_back();
  CHECK(refused(written(profile)).rule == "PROFILE-VALUE");
  profile = sample_profile();
  profile.options.reset();
  CHECK(refused(written(profile)).rule == "PROFILE-FIELD");
}

TEST_CASE("hostile names pass through the file unchanged") {
  CheckpointProfile profile = sample_inventory();
  const std::string name = "a\"b\\c\n\x1b[31m\u202E|,;\u0001" + std::string(1, '\0') + "é重";
  profile.tensors[0].info.name = name;
  const std::string text = written(profile);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(read_profile_json(text, "p.json").tensors[0].info.name == name);
}

TEST_CASE("members may come in any order and layout") {
  const std::string one_line =
      R"({"skipped":[],"problems":[],"findings":[],"tied":[],"tensors":[{"bytes":4,)"
      R"("elements":1,"role":"parameter","form":"Scalar","squeezed_shape":[],"shape":[1],)"
      R"("dtype":"F32","file":"f","name":"a"}],"totals":{"by_dtype":[{"dtype":"F32",)"
      R"("tensors":1,"elements":1,"bytes":4}],"by_form":[{"form":"Scalar","layers":1,)"
      R"("layers_percent":100,"parameters":1,"parameters_percent":100.0}],"bytes":4,)"
      R"("buffers":0,"trainable_parameters":1,"parameters":1,"layers":1,"tensors":1},)"
      R"("checkpoint":{"files":[{"bytes":1,"name":"f"}],"format":"x","name":"n"},)"
      R"("schema":"weightsieve.profile/1"})";
  CHECK(read_profile_json(one_line, "p.json").tensors.at(0).info.name == "a");
}

TEST_CASE("a frozen tensor stays frozen") {
  CheckpointProfile profile = sample_inventory();
  profile.tensors[0].info.trainable = false;
  profile.totals = count_totals(profile.tensors, profile.tied);
  CHECK_FALSE(read_profile_json(written(profile), "p.json").tensors[0].info.trainable);
}

TEST_CASE("a profile cut off at any byte is refused") {
  const std::string text = written(sample_profile());
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    INFO("length " << length);
    CHECK_THAT(refused(text.substr(0, length)).rule, Catch::StartsWith("PROFILE-"));
  }
  CHECK(refused(text.substr(0, text.size() - 1)).rule.empty());
}

TEST_CASE("a profile with any byte overwritten is refused or read, never worse") {
  const std::string text = written(sample_profile());
  for (const char byte : {'\0', '"', '}', ']', ',', '9', '-', 'x', '\xFF'}) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string damaged = text;
      damaged[at] = byte;
      const Place place = refused(damaged);
      if (!place.rule.empty()) CHECK_THAT(place.rule, Catch::StartsWith("PROFILE-"));
    }
  }
}

TEST_CASE("each deviation from the schema has its rule and place") {
  const std::string text = written(sample_profile());
  const auto rule = [&text](const std::string& from, const std::string& to) {
    return refused(replaced(text, from, to)).rule;
  };
  CHECK(rule("profile/1", "profile/2") == "PROFILE-SCHEMA");
  CHECK(rule("weightsieve.profile/1", "other/1") == "PROFILE-SCHEMA");
  CHECK(rule("\"schema\"", "\"Schema\"") == "PROFILE-SCHEMA");
  CHECK(rule("\"bytes\": 1096", "\"bytes\": -1") == "PROFILE-TYPE");
  CHECK(rule("\"bytes\": 1096", "\"bytes\": 1.5") == "PROFILE-TYPE");
  CHECK(rule("\"bytes\": 1096", "\"bytes\": 18446744073709551616") == "PROFILE-TYPE");
  CHECK(rule("\"bytes\": 1096", "\"bytes\": null") == "PROFILE-TYPE");
  CHECK(rule("\"bytes\": 1096", "\"bites\": 1096") == "PROFILE-FIELD");
  CHECK(rule("\"bytes\": 1096", "\"name\": 1096") == "PROFILE-FIELD");
  CHECK(rule("\"bytes\": 1096", "\"bytes\": 01096") == "PROFILE-TYPE");
  CHECK(rule("\"mean\": -0.4", "\"mean\": .4") == "PROFILE-TYPE");
  CHECK(rule("\"skewness\": -0.5,", "") == "PROFILE-FIELD");
  CHECK(rule("\"argmin\": 3", "\"argmin\": null") == "PROFILE-VALUE");
  CHECK(rule("\"dtype\": \"F32\", \"tensors\"", "\"dtype\": \"F33\", \"tensors\"") == "PROFILE-VALUE");
  CHECK(rule("\"role\": \"parameter\"", "\"role\": \"other\"") == "PROFILE-VALUE");
  CHECK(rule("\"method\": \"exact\"", "\"method\": \"guess\"") == "PROFILE-VALUE");
  CHECK(rule("\"quantile_method\": \"auto\"", "\"quantile_method\": \"sketch\"") == "PROFILE-VALUE");
  CHECK(rule("\"shape\": [2, 2]", "\"shape\": [2, 3]") == "PROFILE-VALUE");
  CHECK(rule("\"shape\": [2, 2]", "\"shape\": [4294967296, 4294967296]") == "PROFILE-VALUE");
  CHECK(rule("\"form\": \"Matrix\",\n", "\"form\": \"Vector\",\n") == "PROFILE-VALUE");
  CHECK(rule("\"file\": \"tiny-1", "\"file\": \"tiny-3") == "PROFILE-VALUE");
  CHECK(rule("\"layers\": 2", "\"layers\": 3") == "PROFILE-TOTALS");
  CHECK(rule("\"tensors\": 3", "\"tensors\": 4") == "PROFILE-TOTALS");
  CHECK(refused(text + "{}").rule == "PROFILE-JSON");
  CHECK(refused(text + "x").rule == "PROFILE-JSON");
  CHECK(refused("\"text\"").rule == "PROFILE-JSON");
  CHECK(refused("[]").rule == "PROFILE-SCHEMA");
}

TEST_CASE("an error names the byte where it is") {
  const std::string text = replaced(written(sample_profile()), "\"std\": 0.77", R"("std": "x")");
  CHECK(refused(text).offset_bytes == text.find("\"x\""));
  const std::string newer = replaced(written(sample_profile()), "profile/1", "profile/2");
  CHECK_THROWS_WITH(read_profile_json(newer, "p.json"), Catch::Contains("newer weightsieve"));
}
