#include "prune/key_search.hpp"

#include <algorithm>

#include "prune/magnitude.hpp"

namespace weightsieve::prune {
namespace {

constexpr KeyLimit kAllFinite{kInfinityKey, 0, 0};

std::uint64_t total(std::span<const KeyBucket> buckets) {
  std::uint64_t sum = 0;
  for (const KeyBucket& bucket : buckets)
    sum += bucket.count;
  return sum;
}

/// The bucket that holds the k-th element, counted in the order given.
const KeyBucket& bucket_of(std::span<const KeyBucket> buckets, std::uint64_t k) {
  std::size_t i = 0;
  for (; k > buckets[i].count; ++i)
    k -= buckets[i].count;
  return buckets[i];
}

KeyRange range_over(std::uint64_t low, std::uint64_t high, unsigned granularity) {
  unsigned shift = granularity;
  while ((high - low) >> shift >= kBins)
    ++shift;
  return {low, high, shift};
}

}  // namespace

KeySearch::KeySearch(std::span<const std::uint64_t> ks, std::uint64_t low, std::uint64_t high,
                     unsigned granularity)
    : granularity_(granularity), limits_(ks.size()) {
  for (std::size_t i = 0; i < ks.size(); ++i) {
    if (ks[i] != 0) open_.push_back({i, ks[i], low, high});
  }
}

KeySearch::KeySearch(std::span<const std::uint64_t> ks, std::vector<KeyBucket> buckets, unsigned granularity)
    : granularity_(granularity), limits_(ks.size()) {
  const std::uint64_t elements = total(buckets);
  std::vector<KeyBucket> by_high = buckets;
  std::ranges::sort(buckets, {}, &KeyBucket::low);
  std::ranges::sort(by_high, {}, &KeyBucket::high);
  for (std::size_t i = 0; i < ks.size(); ++i) {
    if (ks[i] == 0) continue;
    if (ks[i] > elements) {
      limits_[i] = kAllFinite;
    } else {
      open_from_buckets(i, ks[i], buckets, by_high);
    }
  }
  if (open_.empty()) return;
  std::erase_if(buckets, [](const KeyBucket& bucket) { return bucket.low != bucket.high; });
  known_ = std::move(buckets);
}

/// The k-th key is no less than the k-th least low end and no greater than the k-th least high end. Buckets
/// of several keys that reach into that range join it whole, so that all others lie below or above it.
void KeySearch::open_from_buckets(std::size_t answer, std::uint64_t k, std::span<const KeyBucket> by_low,
                                  std::span<const KeyBucket> by_high) {
  std::uint64_t low = bucket_of(by_low, k).low;
  std::uint64_t high = bucket_of(by_high, k).high;
  for (bool grew = true; grew;) {
    grew = false;
    for (const KeyBucket& bucket : by_low) {
      if (bucket.high < low || bucket.low > high || (bucket.low >= low && bucket.high <= high)) continue;
      low = std::min(low, bucket.low);
      high = std::max(high, bucket.high);
      grew = true;
    }
  }
  std::uint64_t below = 0;
  std::uint64_t inside = 0;
  for (const KeyBucket& bucket : by_low) {
    if (bucket.high < low) below += bucket.count;
    if (bucket.low >= low && bucket.high <= high) inside += bucket.count;
  }
  if (low == high) {
    limits_[answer] = {low, k - below, inside};
  } else {
    open_.push_back({answer, k - below, low, high});
  }
}

bool KeySearch::done() const noexcept { return open_.empty(); }

std::vector<KeyRange> KeySearch::begin_pass() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const Open& open : open_)
    spans.emplace_back(open.low, open.high);
  std::ranges::sort(spans);
  spans.erase(std::unique(spans.begin(), spans.end()), spans.end());
  if (spans.size() > kMostRanges) spans.resize(kMostRanges);
  ranges_.clear();
  for (const auto& [low, high] : spans)
    ranges_.push_back(range_over(low, high, granularity_));
  return ranges_;
}

bool KeySearch::settle(Open& open, const KeyRange& range, std::span<const std::uint64_t> bins) {
  std::size_t bin = 0;
  for (; bin < kBins && open.rank > bins[bin]; ++bin)
    open.rank -= bins[bin];
  if (bin == kBins) {
    limits_[open.answer] = kAllFinite;
    return true;
  }
  open.low = range.low + (std::uint64_t{bin} << range.shift);
  if (range.shift == granularity_) {
    limits_[open.answer] = {open.low, open.rank, bins[bin]};
    return true;
  }
  open.high = std::min(range.high, open.low + (std::uint64_t{1} << range.shift) - 1);
  return false;
}

void KeySearch::end_pass(std::vector<std::uint64_t> bins) {
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    const std::span<std::uint64_t> mine = std::span(bins).subspan(r * kBins, kBins);
    const KeyRange& range = ranges_[r];
    for (const KeyBucket& bucket : known_) {
      if (range.holds(bucket.low)) mine[range.bin(bucket.low)] += bucket.count;
    }
    std::erase_if(open_, [&](Open& open) {
      return open.low == range.low && open.high == range.high && settle(open, range, mine);
    });
  }
}

}  // namespace weightsieve::prune
