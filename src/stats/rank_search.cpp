#include "weightsieve/stats/rank_search.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace weightsieve {
namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kBins = 65'536;

std::uint64_t low_mask(unsigned bits) noexcept { return (std::uint64_t{1} << bits) - 1; }

/// The one value whose key lies in the bin that begins at `key`.
double value_in_bin(std::uint64_t key, unsigned granularity) noexcept {
  if ((key & kSign) != 0) return std::bit_cast<double>(key ^ kSign);
  return std::bit_cast<double>(~(key | low_mask(granularity)));
}

}  // namespace

std::uint64_t order_key(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

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

bool RankSearch::asks_for(double low, double high) const noexcept {
  const std::uint64_t first = order_key(low);
  const std::uint64_t last = order_key(high);
  const auto open = std::ranges::lower_bound(open_, first, {}, &Open::high);
  return open != open_.end() && open->low <= last;
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
  bins_.resize(ranges_.size() * kBins);
  first_.resize(kBins);
  std::uint16_t range = 0;
  for (std::uint64_t top = 0; top < kBins; ++top) {
    while (range < ranges_.size() && ranges_[range].high < top << 48)
      ++range;
    first_[top] = range;
  }
}

std::size_t RankSearch::bin_of(double value) const noexcept {
  const std::uint64_t key = order_key(value);
  std::size_t i = first_[key >> 48];
  while (i < ranges_.size() && key > ranges_[i].high)
    ++i;
  if (i == ranges_.size() || key < ranges_[i].low) return kNowhere;
  return i * kBins + ((key - ranges_[i].low) >> ranges_[i].shift);
}

void RankSearch::add(std::span<const std::uint32_t> bins) {
  const std::scoped_lock lock(mutex_);
  for (const std::uint32_t bin : bins)
    ++bins_[bin];
}

void RankSearch::add(std::size_t bin, std::uint64_t times) {
  const std::scoped_lock lock(mutex_);
  bins_[bin] += times;
}

void RankTally::count(double value, std::uint64_t times) {
  const std::size_t bin = search_->bin_of(value);
  if (bin == RankSearch::kNowhere) return;
  if (times != 1) return search_->add(bin, times);
  pending_.push_back(static_cast<std::uint32_t>(bin));
  if (pending_.size() < kMostPending) return;
  search_->add(pending_);
  pending_.clear();
}

void RankSearch::settle(const Open& open, const Range& range, std::uint64_t bin, std::uint64_t below) {
  const std::uint64_t low = range.low + (bin << range.shift);
  if (range.shift <= granularity_) {
    found_[open.rank] = value_in_bin(low, granularity_);
  } else {
    open_.push_back({open.rank, below, low, low + low_mask(range.shift)});
  }
}

void RankSearch::narrow(std::span<const Open> open, const Range& range, std::span<const std::uint64_t> bins) {
  std::uint64_t bin = 0;
  std::uint64_t below = range.below;
  for (const Open& each : open) {
    for (; bin + 1 < kBins && each.rank - below >= bins[bin]; ++bin)
      below += bins[bin];
    settle(each, range, bin, below);
  }
}

void RankSearch::end_pass() {
  const std::vector<Open> open = std::exchange(open_, {});
  auto first = open.begin();
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto inside = [&](const Open& each) { return each.high <= ranges_[i].high; };
    const auto last = std::find_if_not(first, open.end(), inside);
    narrow({first, last}, ranges_[i], std::span(bins_).subspan(i * kBins, kBins));
    first = last;
  }
  ranges_.clear();
  bins_ = std::vector<std::uint64_t>();  // {} would keep the room
  first_ = std::vector<std::uint16_t>();
}

}  // namespace weightsieve
