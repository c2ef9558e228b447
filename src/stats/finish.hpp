// The last step, shared by tensors and totals: from counts, moments and buckets to Statistics.
#pragma once

#include <span>

#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// Counts, extremes, intervals and moments; no quantiles or histograms yet.
Statistics statistics_of(const Tally& tally, const Moments& moments);

/// What quantiles need to know of the values as a whole. Requires statistics with counts and extremes.
Population population_of(const Statistics& statistics) noexcept;

/// Fills quantiles and histograms from buckets, ascending by low; a sample, in any order, places values
/// inside them.
void describe_buckets(std::span<const Bucket> buckets, std::span<const double> drawn,
                      const StatsOptions& options, Statistics& statistics);

/// Fills quantiles and histograms, exactly, from all finite values, ascending, zeros positive.
void describe_values(std::span<const double> values, const StatsOptions& options, Statistics& statistics);

/// Fills quantiles and histograms from a sample alone.
void describe_sample(const Sample& sample, const StatsOptions& options, Statistics& statistics);

/// One bucket for each distinct value. Requires ascending values.
std::vector<Bucket> buckets_of_values(std::span<const double> values);

/// Drops what is not finite and sorts.
Sample sorted_sample(std::vector<double> values);

}  // namespace weightsieve
