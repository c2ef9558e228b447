#include "weightsieve/profile/findings.hpp"

#include <catch2/catch.hpp>

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
std::vector<std::string> found(Statistics statistics) {
  CheckpointProfile profile;
  profile.tensors.push_back(measured("w", {4}, std::move(statistics)));
  std::vector<std::string> all;
  for (const Finding& finding : find_findings(profile)) {
    CHECK(finding.tensor == "w");
    all.push_back(finding.rule + ": " + finding.message);
  }
  return all;
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

TEST_CASE("the rules are listed under the names that findings carry") {
  CHECK(std::vector<std::string_view>(finding_rules().begin(), finding_rules().end()) ==
        std::vector<std::string_view>{"non-finite", "all-zero", "constant"});
}
