// Which order statistics of a sample bracket an order statistic of the population, with 99 % confidence.
#pragma once

#include <cstdint>
#include <optional>

namespace weightsieve {

/// Indices into the sorted sample of all slots (values that are not finite last). Nothing where the sample is
/// too small to bound that side.
struct SampleBounds {
  std::optional<std::uint64_t> low;
  std::optional<std::uint64_t> high;
};

/// Bounds for everything between order statistics `floor` and `ceil` of a population of `values`.
SampleBounds sample_bounds(std::uint64_t floor, std::uint64_t ceil, std::uint64_t values,
                           std::uint64_t slots) noexcept;

}  // namespace weightsieve
