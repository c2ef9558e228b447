#include "weightsieve/stats/bin_counts.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "weightsieve/base/error.hpp"

using namespace weightsieve;

namespace {

std::vector<std::uint16_t> random_bins(std::size_t count, std::uint64_t seed, double width) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(32'768, width);
  std::vector<std::uint16_t> bins(count);
  for (std::uint16_t& bin : bins)
    bin = static_cast<std::uint16_t>(std::clamp(normal(random), 0.0, 65'535.0));
  return bins;
}

/// Of every 97th rank and of the ends, as a full sort has them.
void check_places(const BinCounts& counts, std::vector<std::uint16_t> bins) {
  std::ranges::sort(bins);
  std::vector<std::uint64_t> ranks;
  for (std::uint64_t rank = 0; rank < bins.size(); rank += 97)
    ranks.push_back(rank);
  ranks.push_back(bins.size() - 1);
  const auto places = counts.places(ranks);
  REQUIRE(places.size() == ranks.size());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const std::uint16_t bin = bins[ranks[i]];
    const auto below = std::ranges::lower_bound(bins, bin) - bins.begin();
    REQUIRE(places[i].bin == bin);
    REQUIRE(places[i].below == static_cast<std::uint64_t>(below));
  }
}

BinCounts on_wire(const BinCounts& counts) {
  WireWriter out;
  counts.write(out);
  WireReader in(out.bytes());
  BinCounts read;
  read.add(in);
  CHECK(in.is_at_end());
  return read;
}

}  // namespace

TEST_CASE("ranks lie in the bins of a full sort, however many were met") {
  const std::size_t size = GENERATE(1, 2, 300, 131'072, 131'073, 400'000);
  const double width = GENERATE(3, 500, 40'000);
  const std::vector<std::uint16_t> bins = random_bins(size, size, width);
  BinCounts counts;
  const std::span all(bins);
  counts.add(all.first(size / 3));
  counts.add(all.subspan(size / 3));
  check_places(counts, bins);
  check_places(on_wire(counts), bins);
}

TEST_CASE("counts that were met apart add up, listed or counted") {
  const std::size_t here = GENERATE(0, 5'000, 200'000);
  const std::size_t there = GENERATE(0, 5'000, 130'000, 200'000);
  std::vector<std::uint16_t> bins = random_bins(here, 1, 1000);
  const std::vector<std::uint16_t> more = random_bins(there, 2, 1000);
  BinCounts counts, others;
  counts.add(bins);
  others.add(more);
  WireWriter out;
  others.write(out);
  WireReader in(out.bytes());
  counts.add(in);
  bins.insert(bins.end(), more.begin(), more.end());
  if (!bins.empty()) check_places(counts, bins);
}

TEST_CASE("bins are turned around by a flip, and met several times at once") {
  BinCounts counts;
  counts.add(std::vector<std::uint16_t>{0, 1, 65'535}, 0xFFFF);
  CHECK(counts.places(std::vector<std::uint64_t>{0, 1, 2})[2].bin == 65'535);
  counts.add(7, 5'000'000'000);
  const auto places = counts.places(std::vector<std::uint64_t>{0, 1, 5'000'000'000, 5'000'000'001});
  CHECK(places[1].bin == 7);
  CHECK(places[2].bin == 7);
  CHECK(places[2].below == 1);
  CHECK(places[3].bin == 65'534);
  CHECK(places[3].below == 5'000'000'001);
}

TEST_CASE("half a bin on the wire is malformed") {
  WireWriter out;
  out.count(0);
  out.block(std::vector<std::byte>(3));
  WireReader in(out.bytes());
  BinCounts counts;
  CHECK_THROWS_AS(counts.add(in), Error);
}
