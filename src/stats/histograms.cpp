#include "weightsieve/stats/histograms.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "stats/exponent.hpp"
#include "stats/runs.hpp"
#include "weightsieve/base/checked.hpp"

namespace weightsieve {
namespace {

/// How many of a bucket's values lie below `edge`, spread evenly. Requires low < edge ≤ high.
std::uint64_t share_below(const Bucket& bucket, double edge) {
  const double width = bucket.high - bucket.low;
  const double share = std::isfinite(width)
                           ? (edge - bucket.low) / width
                           : (edge / 2 - bucket.low / 2) / (bucket.high / 2 - bucket.low / 2);
  return std::min(static_cast<std::uint64_t>(share * static_cast<double>(bucket.count)), bucket.count);
}

/// Adds a bucket to the slots it covers; says whether an edge cut it.
bool share_out(const Bucket& bucket, const Bins& bins, std::vector<std::uint64_t>& slots) {
  const std::size_t first = bins.slot(bucket.low);
  const std::size_t last = bucket.low == bucket.high ? first : bins.slot(bucket.high);
  std::uint64_t given = 0;
  for (std::size_t slot = first; slot < last; ++slot) {
    const std::uint64_t end = std::max(share_below(bucket, bins.edge(slot)), given);
    slots[slot] += end - given;
    given = end;
  }
  slots[last] += bucket.count - given;
  return first != last;
}

/// Scales counts so that they add up to `total`: rounds their running sum, not each.
void scale_to(std::uint64_t total, std::span<std::uint64_t> counts) {
  const std::uint64_t whole = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (whole == 0) return;
  std::uint64_t seen = 0, given = 0;
  for (std::uint64_t& count : counts) {
    seen += count;
    const std::uint64_t end = mul_div(seen, total, whole);
    count = end - given;
    given = end;
  }
}

/// Counts of ascending values by Bins::slot.
std::vector<std::uint64_t> slots_of(std::span<const double> values, const Bins& bins) {
  std::vector<std::uint64_t> slots(bins.size() + 2);
  for_each_run(
      values, [&bins](double value) { return bins.slot(value); },
      [&slots](std::size_t slot, std::size_t count) { slots[slot] += count; });
  return slots;
}

/// Edge i of n equal bins as numpy.linspace computes it; where the width overflows or the step of a bin loses
/// digits, without them.
double edge_at(double low, double high, double i, double n) {
  const double width = high - low;
  const double step = width / n;
  if (!std::isfinite(width)) return low * (1 - i / n) + high * (i / n);
  return std::isnormal(step) ? i * step + low : i / n * width + low;
}

/// Counts by binary exponent of doubles: from the least subnormal, 2^-1074, to just below 2^1024.
class ExponentCounts {
 public:
  void add(int exponent, std::uint64_t count) {
    const int slot = exponent + 1074;
    counts_[static_cast<std::size_t>(slot)] += count;
  }

  MagnitudeHistogram histogram(bool exact) const {
    const auto present = [](std::uint64_t count) { return count != 0; };
    const auto first = std::ranges::find_if(counts_, present);
    if (first == counts_.end()) return {exact, 0, {}};
    const auto last = std::find_if(counts_.rbegin(), counts_.rend(), present).base();
    return {exact, static_cast<int>(first - counts_.begin()) - 1074, {first, last}};
  }

 private:
  std::array<std::uint64_t, 2098> counts_{};
};

MagnitudeHistogram histogram_of_exponents(std::span<const double> magnitudes, bool exact) {
  ExponentCounts exponents;
  const auto nonzero = std::ranges::upper_bound(magnitudes, 0.0);
  for_each_run(
      {nonzero, magnitudes.end()}, [](double magnitude) { return exponent_of(magnitude); },
      [&exponents](int exponent, std::size_t count) { exponents.add(exponent, count); });
  return exponents.histogram(exact);
}

}  // namespace

Bins::Bins(double low, double high, std::uint64_t count) : edges_(count + 1) {
  const double width = high - low;
  const auto n = static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i)
    edges_[i] = edge_at(low, high, static_cast<double>(i), n);
  edges_[count] = high;
  if (low < high && std::isfinite(n / width)) per_width_ = n / width;
}

std::size_t Bins::any_slot(double value) const noexcept {
  const std::size_t count = size();
  if (value < edges_.front()) return 0;
  if (value > edges_.back()) return count + 1;
  if (edges_.front() == edges_.back()) return 1;
  if (value == edges_.back()) return count;
  if (per_width_ == 0) {
    return static_cast<std::size_t>(std::ranges::upper_bound(edges_, value) - edges_.begin());
  }
  auto bin = std::min(static_cast<std::size_t>((value - edges_.front()) * per_width_), count - 1);
  while (bin > 0 && value < edges_[bin])
    --bin;
  while (bin + 1 < count && value >= edges_[bin + 1])
    ++bin;
  return bin + 1;
}

Bins bins_over(const Population& population, std::uint64_t count,
               const std::optional<std::pair<double, double>>& range) {
  return range ? Bins(range->first, range->second, count) : Bins(population.min, population.max, count);
}

Histogram histogram_of_slots(const Bins& bins, std::span<const std::uint64_t> slots, bool exact) {
  return {.exact = exact,
          .low = bins.edge(0),
          .high = bins.edge(bins.size()),
          .below = slots.front(),
          .above = slots.back(),
          .counts = {slots.begin() + 1, slots.end() - 1}};
}

Histogram bucket_histogram(std::span<const Bucket> buckets, const Population& population, const Bins& bins) {
  if (population.finite == 0) return {};
  std::vector<std::uint64_t> slots(bins.size() + 2);
  bool exact = true;
  for (Bucket bucket : buckets) {
    bucket.low = std::max(bucket.low, population.min);
    bucket.high = std::min(bucket.high, population.max);
    if (share_out(bucket, bins, slots)) exact = false;
  }
  return histogram_of_slots(bins, slots, exact);
}

Histogram value_histogram(std::span<const double> values, const Bins& bins) {
  return histogram_of_slots(bins, slots_of(values, bins), true);
}

Histogram sample_histogram(const Sample& sample, const Population& population, const Bins& bins) {
  if (population.finite == 0) return {};
  std::vector<std::uint64_t> slots = slots_of(sample.values, bins);
  if (sample.values.empty()) share_out({population.min, population.max, population.finite}, bins, slots);
  scale_to(population.finite, slots);
  return histogram_of_slots(bins, slots, false);
}

MagnitudeHistogram bucket_magnitudes(std::span<const Bucket> magnitudes) {
  ExponentCounts exponents;
  bool exact = true;
  for (const Bucket& bucket : magnitudes) {
    if (bucket.high == 0) continue;
    const int exponent = exponent_of(bucket.high);
    exact = exact && (bucket.low == bucket.high || exponent_of(bucket.low) == exponent);
    exponents.add(exponent, bucket.count);
  }
  return exponents.histogram(exact);
}

MagnitudeHistogram value_magnitudes(std::span<const double> magnitudes) {
  return histogram_of_exponents(magnitudes, true);
}

MagnitudeHistogram sample_magnitudes(std::span<const double> magnitudes, std::uint64_t nonzero) {
  MagnitudeHistogram histogram = histogram_of_exponents(magnitudes, false);
  scale_to(nonzero, histogram.counts);
  return histogram;
}

}  // namespace weightsieve
