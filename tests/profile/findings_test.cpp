#include "weightsieve/profile/findings.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "profile/sample_profile.hpp"

using namespace weightsieve;

namespace {

Statistics repeated(double value, std::uint64_t count) {
  Statistics s;
  (value == 0 ? s.counts.zero : value < 0 ? s.counts.negative : s.counts.positive) = count;
  s.min = s.max = Extreme{Number(value), 0, {}};
  return s;
}

/// "rule: message" of everything found in one tensor.
std::vector<std::string> found(Statistics statistics, Dtype dtype = Dtype::F32) {
  CheckpointProfile profile;
  profile.tensors.push_back(measured("w", {4}, std::move(statistics), dtype));
  std::vector<std::string> all;
  for (const Finding& finding : find_findings(profile)) {
    CHECK(finding.tensor == "w");
    all.push_back(finding.rule + ": " + finding.message);
  }
  return all;
}

/// 10,000 values, none of them odd: half of them negative, standard deviation 1, all powers of two from 2^-5
/// to 2^2.
Statistics healthy() {
  Statistics s;
  s.counts = {.negative = 5'000, .positive = 5'000};
  s.min = Extreme{Number(-3.5), 17, {}};
  s.max = Extreme{Number(3.0), 3, {}};
  s.mean = 0.0;
  s.std = 1.0;
  s.excess_kurtosis = 0.25;
  s.magnitude_histogram = {true, -5, {100, 200, 400, 800, 1'500, 3'000, 4'000}};
  return s;
}

/// The same with its greatest value moved, and nothing known of the magnitudes between.
Statistics reaching(double most) {
  Statistics s = healthy();
  s.magnitude_histogram = {};
  s.max->value = Number(most);
  return s;
}

/// Names of the rules that found something.
std::vector<std::string> rules(const Statistics& statistics, Dtype dtype = Dtype::F32) {
  std::vector<std::string> names;
  for (const std::string& line : found(statistics, dtype))
    names.push_back(line.substr(0, line.find(':')));
  return names;
}

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("NaN and infinities are found with their counts") {
  Statistics s = sample_statistics();
  s.counts = {.negative = 1'000, .nan = 2, .negative_infinity = 1};
  CHECK(found(s) == Found{"non-finite: 2 NaN, 1 -infinity among 1,002 values"});
}

TEST_CASE("tensors of one value are found, single elements are not") {
  CHECK(found(repeated(0, 4)) == Found{"all-zero: all 4 values are zero"});
  CHECK(found(repeated(1, 4)) == Found{"constant: all 4 values are 1"});
  CHECK(found(repeated(0, 1)) == Found{});
  CHECK(found(repeated(1, 1)) == Found{});
  CHECK(found(empty_statistics()) == Found{});
}

TEST_CASE("a tensor that is constant but for a NaN is not constant") {
  Statistics s = repeated(1, 4);
  s.counts.nan = 1;
  CHECK(found(s) == Found{"non-finite: 1 NaN among 5 values"});
}

TEST_CASE("healthy tensors and inventories have no findings") {
  Statistics s = sample_statistics();
  s.counts.positive_infinity = 0;
  CHECK(found(s).empty());
  CHECK(find_findings(sample_inventory()).empty());
}

TEST_CASE("a value far from the rest is an outlier, with its place and distance") {
  CHECK(found(healthy()) == Found{});
  CHECK(found(reaching(49.9)) == Found{});
  CHECK(found(reaching(50)) ==
        Found{"outlier: 50 at [3] is 50.0 standard deviations from the mean; excess kurtosis 0.25"});
  Statistics below = reaching(3);
  below.min->value = Number(-1e6);
  below.mean = 8.0;
  CHECK(rules(below) == Found{"overflows-f16", "overflows-f8", "outlier"});
  Statistics few = reaching(400);
  few.counts = {.positive = 4'095};
  CHECK(found(few) == Found{});
  CHECK(found(reaching(50), Dtype::I32) == Found{});
}

TEST_CASE("16-bit types that reach their largest number are called saturated") {
  Statistics s = reaching(65'504);
  s.std = 30'000.0;
  CHECK(rules(s, Dtype::F16) == Found{"overflows-f8", "saturated"});
  CHECK(rules(s, Dtype::BF16) == Found{"overflows-f8"});
  s.min->value = Number(-0x1.fep127);
  s.std = 1e37;
  CHECK(rules(s, Dtype::BF16) == Found{"overflows-f16", "overflows-f8", "saturated"});
}

TEST_CASE("one in a hundred values subnormal is worth a line, fewer are not") {
  Statistics s = healthy();
  s.counts.subnormal = 100;
  CHECK(found(s, Dtype::F16) == Found{"subnormal: 100 of 10,000 nonzero values (1 %) are subnormal"});
  CHECK(found(s, Dtype::F8_E4M3) == Found{});
  s.counts.subnormal = 99;
  CHECK(found(s, Dtype::F16) == Found{});
}

TEST_CASE("what a cast makes infinite begins half a step beyond the largest number") {
  Statistics s = reaching(65'519.99);
  s.std = 30'000.0;
  CHECK(rules(s) == Found{"overflows-f8"});
  s.max->value = Number(65'520.0);
  CHECK(found(s) == Found{"overflows-f16: 65520 at [3] becomes infinite in F16",
                          "overflows-f8: 65520 at [3] becomes NaN in F8_E4M3, unless the tensor is scaled"});
  CHECK(rules(s, Dtype::F16) == Found{"overflows-f8"});
  s.std = 1e38;
  s.max->value = Number(std::nextafter(0x1.ffp127, 0));
  CHECK(rules(s) == Found{"overflows-f16", "overflows-f8"});
  s.max->value = Number(0x1.ffp127);
  CHECK(rules(s) == Found{"overflows-bf16", "overflows-f16", "overflows-f8"});
  s.max->value = Number(std::nextafter(0x1.ffffffp127, 0));
  CHECK(rules(s, Dtype::F64) == Found{"overflows-bf16", "overflows-f16", "overflows-f8"});
  s.max->value = Number(0x1.ffffffp127);
  CHECK(rules(s, Dtype::F64) == Found{"overflows-f32", "overflows-bf16", "overflows-f16", "overflows-f8"});
}

TEST_CASE("F8_E4M3 holds what rounds to 448, and has no infinity for what is greater") {
  CHECK(rules(reaching(464), Dtype::I32).empty());
  Statistics s = reaching(464);
  s.std = 100.0;
  CHECK(rules(s, Dtype::F16).empty());
  s.max->value = Number(std::nextafter(464, 500));
  CHECK(rules(s, Dtype::F16) == Found{"overflows-f8"});
  CheckpointProfile profile;
  profile.tensors.push_back(measured("bn.running_var", {4}, std::move(s), Dtype::F32));
  profile.tensors.back().info.role = Role::buffer;
  CHECK(find_findings(profile).empty());
}

TEST_CASE("what casts make zero is counted from the bins that lie below for certain") {
  Statistics s = healthy();
  s.magnitude_histogram = {true, -27, {40, 60, 9'900}};  // 2^-27, 2^-26, 2^-25
  s.min->value = Number(-0x1p-25);
  s.max->value = Number(0x1.8p-25);
  CHECK(found(s) ==
        Found{"flushed-f16: 100 of 10,000 nonzero values (1 %) are less than 2^-25 and become zero in F16"});
  CHECK(found(s, Dtype::F16).empty());
  s.magnitude_histogram.counts = {39, 60, 9'901};
  CHECK(found(s).empty());

  Statistics tiny = healthy();
  tiny.magnitude_histogram = {true, -136, {40, 60, 9'900}};  // 2^-136, 2^-135, 2^-134
  tiny.min->value = Number(-0x1p-134);
  tiny.max->value = Number(0x1.8p-134);
  CHECK(rules(tiny) == Found{"flushed-f16", "flushed-bf16"});
  CHECK(rules(tiny, Dtype::BF16) == Found{"flushed-f16"});
  tiny.magnitude_histogram.counts = {39, 60, 9'901};
  CHECK(rules(tiny) == Found{"flushed-f16"});

  Statistics wide = healthy();
  wide.max->value = Number(448.0);  // scale 1: zero are magnitudes of up to 2^-10
  wide.std = 100.0;
  wide.magnitude_histogram = {false, -11, {1'000, 9'000}};
  CHECK(found(wide) ==
        Found{"flushed-f8: about 1,000 of 10,000 nonzero values (10 %) are less than 2^-10 and "
              "become zero in F8_E4M3, scaled by the tensor's greatest magnitude"});
}

TEST_CASE("integers that pack several weights are known by the names that quantisers give them") {
  const auto packed = [](std::string name, Dtype dtype, std::string beside = "other") {
    CheckpointProfile profile;
    profile.tensors.push_back(measured(std::move(name), {4}, healthy(), dtype));
    profile.tensors.push_back(listed(std::move(beside), {4}, Dtype::F32));
    const auto findings = find_findings(profile);
    return findings.size() == 1 && findings[0].rule == "packed-integers";
  };
  CHECK(packed("h.0.qweight", Dtype::I32));
  CHECK(packed("qzeros", Dtype::I32));
  CHECK_FALSE(packed("h.0.notqweight", Dtype::I32));
  CHECK_FALSE(packed("h.0.qweight", Dtype::F32));
  CHECK(packed("h.0.weight_packed", Dtype::I32));
  CHECK(packed("h.0.weight", Dtype::U8, "h.0.weight.absmax"));
  CHECK_FALSE(packed("h.0.weight", Dtype::U8));
  CHECK(packed("mlp.down_proj_blocks", Dtype::U8, "mlp.down_proj_scales"));
  CHECK_FALSE(packed("mlp.down_proj_blocks", Dtype::U8));
}

TEST_CASE("figures stand beside the words") {
  CheckpointProfile profile;
  profile.tensors.push_back(measured("w", {4}, reaching(64)));
  const auto findings = find_findings(profile);
  REQUIRE(findings.size() == 1);
  std::string figures;
  for (const FindingFigure& figure : findings[0].figures)
    figures += figure.name + "=" + figure.value.text() + " ";
  CHECK(figures == "value=64 index=3 standard_deviations=64 excess_kurtosis=0.25 ");
}

TEST_CASE("tensors that statistics do not tell apart may be twins; constants, ties and others are not") {
  CheckpointProfile profile;
  const auto add = [&profile](std::string name, Statistics statistics, Shape shape = {4},
                              Dtype dtype = Dtype::F32) {
    profile.tensors.push_back(measured(std::move(name), std::move(shape), std::move(statistics), dtype));
  };
  add("a", healthy());
  add("other", reaching(4));
  add("other shape", healthy(), {2, 2});
  add("other dtype", healthy(), {4}, Dtype::BF16);
  add("zeros", repeated(0, 4));
  add("more zeros", repeated(0, 4));
  add("b", healthy());
  add("tied to a", healthy());
  add("b of reaching(4)", reaching(4));
  profile.options.emplace();
  profile.tied = {{"a", "tied to a"}};
  const auto twins = possible_twins(profile);
  CHECK(twins == std::vector<std::vector<std::size_t>>{{0, 6}, {1, 8}});
  const auto findings = find_findings(profile, twins);
  REQUIRE(findings.size() == 5);
  CHECK(findings[2].tensor == "b");
  CHECK(findings[2].message == "the same bytes as a");
  CHECK(findings[3].rule == "duplicate");
  CHECK(findings[4].tensor == "tied to a");
  CHECK(findings[4].rule == "tied");
  CHECK(findings[4].message == "the same storage as a, counted once");
}

TEST_CASE("every rule has a name of its own and a meaning") {
  std::set<std::string_view> names;
  for (const FindingRule& rule : finding_rules()) {
    CHECK(names.insert(rule.name).second);
    CHECK_FALSE(rule.meaning.empty());
  }
  CHECK(names.contains("non-finite"));
}

TEST_CASE("rows, columns and fours of zeros are told with how many and where") {
  CheckpointProfile profile;
  profile.tensors.push_back(measured("w", {8, 2'048}, healthy(), Dtype::F32));
  const auto messages = [&profile](const ZeroPattern& pattern) {
    std::vector<std::string> all;
    const std::vector<std::optional<ZeroPattern>> zeros{pattern};
    for (const Finding& finding : find_findings(profile, {}, zeros))
      all.push_back(finding.rule + ": " + finding.message);
    return all;
  };
  CHECK(messages({8, 2'048, 0, 0, 0, 0, false}).empty());
  CHECK(messages({8, 2'048, 1, 1'025, 7, 3, true}) ==
        std::vector<std::string>{"dead-rows: row 7 of 8 is all zero",
                                 "dead-columns: 1,025 of 2,048 columns are all zero, the first is column 3",
                                 "sparse-2-4: of every four values in a row at least two are zero: 2:4 "
                                 "structure, which sparse tensor "
                                 "cores use"});
}
