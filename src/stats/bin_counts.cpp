#include "weightsieve/stats/bin_counts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

/// A list that grew to this takes as much room as the table.
constexpr std::size_t kMostListed = 2 * BinCounts::kBins;

constexpr std::size_t kHalf = 256;

/// Goes up counts to where a rank lies, and from there to greater ones.
template <class Count>
class Walk {
 public:
  explicit Walk(std::span<const Count> counts) noexcept : counts_(counts) {}

  const BinCounts::Place& to(std::uint64_t rank) noexcept {
    for (; place_.bin + 1 < counts_.size() && rank - place_.below >= counts_[place_.bin]; ++place_.bin)
      place_.below += counts_[place_.bin];
    return place_;
  }

 private:
  std::span<const Count> counts_;
  BinCounts::Place place_;
};

using HalfCounts = std::array<std::uint32_t, kHalf>;

HalfCounts count_upper(std::span<const std::uint16_t> bins) noexcept {
  HalfCounts counts{};
  for (const std::uint16_t bin : bins)
    ++counts[bin / kHalf];
  return counts;
}

HalfCounts count_lower(std::span<const std::uint16_t> bins, std::uint64_t upper) noexcept {
  HalfCounts counts{};
  for (const std::uint16_t bin : bins)
    counts[bin % kHalf] += bin / kHalf == upper;
  return counts;
}

}  // namespace

void BinCounts::add(std::span<const std::uint16_t> bins, std::uint16_t flip) {
  if (counted_.empty() && listed_.size() + bins.size() <= kMostListed) {
    const auto flipped = [flip](std::uint16_t bin) { return static_cast<std::uint16_t>(bin ^ flip); };
    const std::size_t before = listed_.size();
    listed_.resize(before + bins.size());
    std::ranges::transform(bins, listed_.begin() + static_cast<std::ptrdiff_t>(before), flipped);
    return;
  }
  count_listed();
  for (const std::uint16_t bin : bins)
    ++counted_[bin ^ flip];
}

void BinCounts::add(std::uint16_t bin, std::uint64_t times) {
  count_listed();
  counted_[bin] += times;
}

void BinCounts::count_listed() {
  counted_.resize(kBins);
  for (const std::uint16_t bin : std::exchange(listed_, {}))
    ++counted_[bin];
}

void BinCounts::write(WireWriter& out) const {
  out.count(counted_.empty() ? 0 : 1);
  if (!counted_.empty()) return out.counts(std::span<const std::uint64_t>(counted_));
  out.block(std::as_bytes(std::span(listed_)));
}

void BinCounts::add(WireReader& in) {
  if (in.truth()) {
    count_listed();
    return in.add_counts(std::span(counted_));
  }
  const Bytes bytes = in.block();
  if (bytes.size() % sizeof(std::uint16_t) != 0)
    throw Error(ErrorCode::malformed, "ends in the middle of what it holds");
  std::vector<std::uint16_t> bins(bytes.size() / sizeof(std::uint16_t));
  if (!bins.empty()) std::memcpy(bins.data(), bytes.data(), bytes.size());
  add(bins);
}

std::vector<BinCounts::Place> BinCounts::places(std::span<const std::uint64_t> ranks) const {
  if (counted_.empty()) return places_of_listed(ranks);
  std::vector<Place> places;
  Walk walk(std::span<const std::uint64_t>{counted_});
  for (const std::uint64_t rank : ranks)
    places.push_back(walk.to(rank));
  return places;
}

/// By halves of eight bits: the upper ones of all, then the lower ones of those that share the upper one.
std::vector<BinCounts::Place> BinCounts::places_of_listed(std::span<const std::uint64_t> ranks) const {
  std::vector<Place> places;
  const HalfCounts uppers = count_upper(listed_);
  HalfCounts lowers{};
  std::uint64_t counted_upper = kHalf;
  Walk walk(std::span<const std::uint32_t>{uppers});
  for (const std::uint64_t rank : ranks) {
    const Place upper = walk.to(rank);
    if (upper.bin != std::exchange(counted_upper, upper.bin)) lowers = count_lower(listed_, upper.bin);
    const Place lower = Walk(std::span<const std::uint32_t>{lowers}).to(rank - upper.below);
    places.push_back({upper.bin * kHalf + lower.bin, upper.below + lower.below});
  }
  return places;
}

}  // namespace weightsieve
