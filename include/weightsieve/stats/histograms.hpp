// Histograms from buckets, from a sample or value by value. Pure functions and plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "weightsieve/stats/quantiles.hpp"

namespace weightsieve {

/// Equal bins from low to high. Edge i is i × step + low, as numpy.linspace computes it, the last one high
/// itself; bin i holds edge[i] ≤ x < edge[i + 1], the last one also x = high. When low = high everything
/// there falls into the first.
class Bins {
 public:
  Bins(double low, double high, std::uint64_t count);

  std::size_t size() const noexcept { return edges_.size() - 1; }
  double edge(std::size_t i) const noexcept { return edges_[i]; }

  /// Where a value lies: 0 below low, 1 + its bin, size() + 1 above high. O(1).
  std::size_t slot(double value) const noexcept {
    // What the division rounds, one step mends, but where bins are as narrow as numbers are apart.
    if (per_width_ != 0 && value >= edges_.front() && value < edges_.back()) {
      auto bin = static_cast<std::size_t>(static_cast<std::int64_t>((value - edges_.front()) * per_width_));
      bin = bin < size() ? bin : size() - 1;
      bin -= value < edges_[bin];
      bin += value >= edges_[bin + 1];
      if (value >= edges_[bin] && value < edges_[bin + 1]) return bin + 1;
    }
    return any_slot(value);
  }

 private:
  std::size_t any_slot(double value) const noexcept;

  std::vector<double> edges_;
  double per_width_ = 0;  ///< bins per unit; 0 where that is not finite
};

/// Bins over `range`, or from min to max when it is empty.
Bins bins_over(const Population& population, std::uint64_t count,
               const std::optional<std::pair<double, double>>& range);

/// A histogram from counts by Bins::slot: below, each bin, above.
Histogram histogram_of_slots(const Bins& bins, std::span<const std::uint64_t> slots, bool exact);

/// A bucket that an edge cuts is shared out evenly, rounded down on the left; then the histogram is not
/// exact. Buckets in any order. O(buckets + cuts).
Histogram bucket_histogram(std::span<const Bucket> buckets, const Population& population, const Bins& bins);

/// Exact, from all finite values, ascending. O(bins × log values) or O(values).
Histogram value_histogram(std::span<const double> values, const Bins& bins);

/// The sample's histogram scaled to the population; never exact, but its counts add up.
Histogram sample_histogram(const Sample& sample, const Population& population, const Bins& bins);

/// One bin a power of two, from buckets of magnitudes. A bucket that spans several powers counts for the
/// highest, and then the histogram is not exact.
MagnitudeHistogram bucket_magnitudes(std::span<const Bucket> magnitudes);

/// The same from all magnitudes, ascending; exact.
MagnitudeHistogram value_magnitudes(std::span<const double> magnitudes);

/// The same from a sample's magnitudes, ascending, scaled to `nonzero` values.
MagnitudeHistogram sample_magnitudes(std::span<const double> magnitudes, std::uint64_t nonzero);

}  // namespace weightsieve
