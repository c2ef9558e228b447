#include "weightsieve/engine/share.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

using namespace weightsieve;

namespace {

std::uint64_t work_in(const std::vector<std::uint64_t>& work, const UnitRange& range) {
  return std::accumulate(work.begin() + static_cast<std::ptrdiff_t>(range.first),
                         work.begin() + static_cast<std::ptrdiff_t>(range.end), std::uint64_t{0});
}

}  // namespace

TEST_CASE("shares cover every unit once, in order, whatever the work") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint64_t> work(random() % 60);
    for (auto& each : work)
      each = random() % 3 == 0 ? 0 : random() % 1000;
    const unsigned shares = 1 + static_cast<unsigned>(random() % 70);
    std::size_t next = 0;
    for (const UnitRange& range : share_units(work, shares)) {
      REQUIRE(range.first == next);
      REQUIRE(range.end >= range.first);
      next = range.end;
    }
    REQUIRE(next == work.size());
  }
}

TEST_CASE("a share differs from an equal part by less than the largest unit") {
  std::mt19937_64 random(8);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::uint64_t> work(1 + random() % 500);
    for (auto& each : work)
      each = 1 + random() % 1000;
    const std::uint64_t total = work_in(work, {0, work.size()});
    const std::uint64_t largest = *std::ranges::max_element(work);
    for (const unsigned shares : {1u, 2u, 3u, 5u, 64u}) {
      for (const UnitRange& range : share_units(work, shares)) {
        const std::uint64_t mine = work_in(work, range) * shares;
        CHECK((mine > total ? mine - total : total - mine) < (largest + 1) * shares);
      }
    }
  }
}

TEST_CASE("more shares than units leave some without work") {
  const std::vector<std::uint64_t> one{100};
  const auto ranges = share_units(one, 7);
  CHECK(std::ranges::count_if(ranges, [](const UnitRange& range) { return range.first != range.end; }) == 1);
}

TEST_CASE("work near the end of 64 bits is cut all the same") {
  const std::vector<std::uint64_t> two{UINT64_MAX / 2, UINT64_MAX / 2};
  CHECK(share_units(two, 2) == std::vector<UnitRange>{{0, 1}, {1, 2}});
}
