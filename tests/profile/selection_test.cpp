#include "weightsieve/profile/selection.hpp"

#include <catch2/catch.hpp>

#include "profile/sample_profile.hpp"

using namespace weightsieve;

TEST_CASE("only the intervals asked for stay, in the order asked for") {
  CheckpointProfile profile = sample_profile();
  select_intervals(profile, {{-1, 1}});
  for (const TensorProfile& tensor : profile.tensors) {
    REQUIRE(tensor.statistics->intervals.size() == 1);
    CHECK(tensor.statistics->intervals[0].high == 1);
  }
  CHECK(profile.totals.statistics->intervals.size() == 1);
  CHECK(profile.options->stats.intervals == std::vector<std::pair<double, double>>{{-1, 1}});
}

TEST_CASE("quantiles are selected for value and magnitude alike") {
  CheckpointProfile profile = sample_profile();
  select_quantiles(profile, {1, 0.5});
  const Statistics& statistics = *profile.tensors[0].statistics;
  CHECK(statistics.quantiles.values.at(0).q == 1);
  CHECK(statistics.magnitude_quantiles.values.at(1).q == 0.5);
  CHECK(profile.tensors[1].statistics->quantiles.values.empty());
}

TEST_CASE("what a profile does not hold is a usage error that names it") {
  CheckpointProfile profile = sample_profile();
  CHECK_THROWS_WITH(select_intervals(profile, {{-0.1, 0}}), Catch::Contains("-0.1:0"));
  CHECK_THROWS_WITH(select_quantiles(profile, {0.9}), Catch::Contains("0.9"));
  CheckpointProfile inventory = sample_inventory();
  CHECK_THROWS_AS(select_intervals(inventory, {{-1, 1}}), Error);
}
