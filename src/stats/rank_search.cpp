#include "weightsieve/stats/rank_search.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

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

void add(std::uint64_t& counter, std::uint64_t amount) noexcept {
  std::atomic_ref(counter).fetch_add(amount, std::memory_order_relaxed);
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
      open_.push_back({target.rank, order_key(target.low), order_key(target.high)});
    }
  }
  std::ranges::sort(open_, {}, &Open::rank);
}

RankSearch::Range RankSearch::make_range(std::uint64_t low, std::uint64_t high) const {
  low &= ~low_mask(granularity_);
  unsigned shift = granularity_;
  while ((high - low) >> shift >= kBins)
    ++shift;
  return {low, high | low_mask(granularity_), shift, std::make_unique<std::uint64_t[]>(kBins)};
}

void RankSearch::begin_pass() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const Open& open : open_)
    spans.emplace_back(open.low & ~low_mask(granularity_), open.high | low_mask(granularity_));
  std::ranges::sort(spans);
  for (std::size_t i = 0; i < spans.size();) {
    auto [low, high] = spans[i];
    for (++i; i < spans.size() && spans[i].first <= high; ++i)
      high = std::max(high, spans[i].second);
    ranges_.push_back(make_range(low, high));
  }
  between_.assign(ranges_.size() + 1, 0);
  first_.resize(kBins);
  std::uint16_t range = 0;
  for (std::uint64_t top = 0; top < kBins; ++top) {
    while (range < ranges_.size() && ranges_[range].high < top << 48)
      ++range;
    first_[top] = range;
  }
}

void RankSearch::settle(const Open& open, const Range& range, std::uint64_t below,
                        std::vector<Open>& still_open) {
  std::uint64_t bin = 0;
  for (std::uint64_t rank = open.rank - below; bin + 1 < kBins && rank >= range.bins[bin]; ++bin)
    rank -= range.bins[bin];
  const std::uint64_t low = range.low + (bin << range.shift);
  if (range.shift <= granularity_) {
    found_[open.rank] = value_in_bin(low, granularity_);
    return;
  }
  still_open.push_back({open.rank, low, low + low_mask(range.shift)});
}

void RankSearch::end_pass() {
  std::vector<Open> still_open;
  std::uint64_t below = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    below += between_[i];
    std::uint64_t inside = 0;
    for (std::uint64_t bin = 0; bin < kBins; ++bin)
      inside += ranges_[i].bins[bin];
    for (; next < open_.size() && open_[next].rank < below + inside; ++next) {
      settle(open_[next], ranges_[i], below, still_open);
    }
    below += inside;
  }
  open_ = std::move(still_open);
  ranges_.clear();
  first_ = {};
}

RankTally::~RankTally() {
  for (std::size_t i = 0; i < between_.size(); ++i) {
    if (between_[i] != 0) add(search_->between_[i], between_[i]);
  }
}

void RankTally::count(double value, std::uint64_t times) noexcept {
  const std::uint64_t key = order_key(value);
  const auto& ranges = search_->ranges_;
  std::size_t i = search_->first_[key >> 48];
  while (i < ranges.size() && key > ranges[i].high)
    ++i;
  if (i == ranges.size() || key < ranges[i].low) {
    between_[i] += times;
  } else {
    add(ranges[i].bins[(key - ranges[i].low) >> ranges[i].shift], times);
  }
}

}  // namespace weightsieve
