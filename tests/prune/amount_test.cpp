#include <catch2/catch.hpp>

#include <cfenv>
#include <limits>

#include "weightsieve/base/error.hpp"
#include "weightsieve/prune/prune_options.hpp"

using namespace weightsieve;

TEST_CASE("a share is rounded as Python's round() does: halves to the even number") {
  // round(0.5 * 1), round(0.5 * 3), … in Python
  CHECK(elements_to_prune({0.5}, 1) == 0);
  CHECK(elements_to_prune({0.5}, 3) == 2);
  CHECK(elements_to_prune({0.5}, 5) == 2);
  CHECK(elements_to_prune({0.5}, 7) == 4);
  CHECK(elements_to_prune({0.25}, 10) == 2);
  CHECK(elements_to_prune({0.25}, 14) == 4);
  CHECK(elements_to_prune({0.3}, 10) == 3);
  CHECK(elements_to_prune({0.35}, 10) == 4);  // 3.5 in doubles
  CHECK(elements_to_prune({0.15}, 10) == 2);  // 1.5
  CHECK(elements_to_prune({0.1}, 35) == 4);   // 3.5
  CHECK(elements_to_prune({0.1}, 45) == 4);   // 4.5
  CHECK(elements_to_prune({0.95}, 4) == 4);
  CHECK(elements_to_prune({0}, 1'000) == 0);
  CHECK(elements_to_prune({1}, 1'000) == 1'000);
  CHECK(elements_to_prune({0.5}, 0) == 0);
}

TEST_CASE("a share is rounded the same way whatever the rounding mode") {
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  const std::uint64_t k = elements_to_prune({0.5}, 5);
  std::fesetround(FE_TONEAREST);
  CHECK(k == 2);
}

TEST_CASE("a count is taken as it is, up to all elements") {
  CHECK(elements_to_prune({0.9, 3}, 10) == 3);
  CHECK(elements_to_prune({0, 10}, 10) == 10);
  CHECK_THROWS_AS(elements_to_prune({0, 11}, 10), Error);
}

TEST_CASE("a share outside of 0 and 1 is a usage error") {
  for (const double sparsity : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN(), 90.0}) {
    try {
      elements_to_prune({sparsity}, 10);
      FAIL("accepted " << sparsity);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::usage);
    }
  }
}
