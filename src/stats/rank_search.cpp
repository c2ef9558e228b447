#include "weightsieve/stats/rank_search.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace weightsieve {
namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kBins = BinCounts::kBins;
constexpr std::uint16_t kLastBin = kBins - 1;

std::uint64_t low_mask(unsigned bits) noexcept { return (std::uint64_t{1} << bits) - 1; }

/// The one value whose key lies in the bin that begins at `key`.
double value_in_bin(std::uint64_t key, unsigned granularity) noexcept {
  if ((key & kSign) != 0) return std::bit_cast<double>(key ^ kSign);
  return std::bit_cast<double>(~(key | low_mask(granularity)));
}

}  // namespace

RankSearch::RankSearch(std::span<const RankTarget> targets, unsigned granularity)
    : granularity_(granularity) {
  for (const RankTarget& target : targets) {
    if (target.low == target.high) {
      found_[target.rank] = target.low;
    } else {
      open_.push_back({target.rank, target.below, order_key(target.low), order_key(target.high)});
    }
  }
  std::ranges::sort(open_, {}, &Open::rank);
}

RankSearch::RankSearch(const RankSearch& other, Afresh)
    : granularity_(other.granularity_), open_(other.open_), found_(other.found_) {}

bool RankSearch::asks_for(double low, double high, std::size_t& near) const noexcept {
  const std::uint64_t first = order_key(low);
  while (near > 0 && open_[near - 1].high >= first)
    --near;
  while (near < open_.size() && open_[near].high < first)
    ++near;
  return near < open_.size() && open_[near].low <= order_key(high);
}

RankSearch::Range RankSearch::range_of(const Open& open) const noexcept {
  return {open.below, open.low & ~low_mask(granularity_), open.high | low_mask(granularity_), granularity_};
}

void RankSearch::begin_pass() {
  for (const Open& open : open_) {
    const Range range = range_of(open);
    if (ranges_.empty() || ranges_.back().high < range.low) ranges_.push_back(range);
    ranges_.back().high = std::max(ranges_.back().high, range.high);
  }
  for (Range& range : ranges_) {
    while ((range.high - range.low) >> range.shift >= kBins)
      ++range.shift;
  }
  counts_.resize(ranges_.size());
  first_.assign(kBins, static_cast<std::uint16_t>(ranges_.size()));
  auto begin = first_.begin();
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto end = first_.begin() + static_cast<std::ptrdiff_t>((ranges_[i].high >> 48) + 1);
    if (begin < end) begin = std::fill_n(begin, end - begin, static_cast<std::uint16_t>(i));
  }
}

RankSearch::Place RankSearch::place_of(double value) const noexcept {
  const std::uint64_t key = order_key(value);
  std::size_t i = first_[key >> 48];
  while (i < ranges_.size() && key > ranges_[i].high)
    ++i;
  if (i == ranges_.size() || key < ranges_[i].low) return {ranges_.size()};
  return {i, static_cast<std::uint16_t>((key - ranges_[i].low) >> ranges_[i].shift)};
}

void RankSearch::add(std::size_t range, std::span<const std::uint16_t> bins, std::uint16_t flip) {
  const std::scoped_lock lock(mutex_);
  counts_[range].add(bins, flip);
}

void RankSearch::add(const Place& place, std::uint64_t times) {
  const std::scoped_lock lock(mutex_);
  counts_[place.range].add(place.bin, times);
}

RankTally::~RankTally() {
  for (std::size_t range = 0; range < pending_.size(); ++range)
    search_->add(range, pending_[range]);
}

void RankTally::count(double value, std::uint64_t times) {
  const RankSearch::Place place = search_->place_of(value);
  if (place.range == pending_.size()) return;
  if (times != 1) return search_->add(place, times);
  std::vector<std::uint16_t>& pending = pending_[place.range];
  pending.push_back(place.bin);
  if (pending.size() < kMostPending) return;
  search_->add(place.range, pending);
  pending.clear();
}

void RankTally::count_halves(std::uint16_t upper, std::span<const std::uint16_t> lower) {
  const auto value = [upper](std::uint16_t half) {
    return static_cast<double>(std::bit_cast<float>(std::uint32_t{upper} << 16 | half));
  };
  const RankSearch::Place first = search_->place_of(value(0));
  const RankSearch::Place last = search_->place_of(value(kLastBin));
  const bool are_bins =
      first.range == last.range && (first.bin ^ last.bin) == kLastBin && std::min(first.bin, last.bin) == 0;
  if (are_bins) return search_->add(first.range, lower, first.bin);
  for (const std::uint16_t half : lower)
    count(value(half));
}

void RankSearch::settle(const Open& open, const Range& range, const BinCounts::Place& place) {
  const std::uint64_t low = range.low + (place.bin << range.shift);
  if (range.shift <= granularity_) {
    found_[open.rank] = value_in_bin(low, granularity_);
  } else {
    open_.push_back({open.rank, range.below + place.below, low, low + low_mask(range.shift)});
  }
}

void RankSearch::narrow(std::span<const Open> open, const Range& range, const BinCounts& counts) {
  std::vector<std::uint64_t> ranks;
  for (const Open& each : open)
    ranks.push_back(each.rank - range.below);
  const std::vector<BinCounts::Place> places = counts.places(ranks);
  for (std::size_t i = 0; i < open.size(); ++i)
    settle(open[i], range, places[i]);
}

void RankSearch::write_pass(WireWriter& out) const {
  for (const BinCounts& counts : counts_)
    counts.write(out);
}

void RankSearch::add_pass(WireReader& in) {
  for (BinCounts& counts : counts_)
    counts.add(in);
}

void RankSearch::end_pass() {
  const std::vector<Open> open = std::exchange(open_, {});
  auto first = open.begin();
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto inside = [&](const Open& each) { return each.high <= ranges_[i].high; };
    const auto last = std::find_if_not(first, open.end(), inside);
    narrow({first, last}, ranges_[i], counts_[i]);
    first = last;
  }
  ranges_.clear();
  counts_ = std::vector<BinCounts>();  // {} would keep the room
  first_ = std::vector<std::uint16_t>();
}

}  // namespace weightsieve
