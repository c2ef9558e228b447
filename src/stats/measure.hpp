// Steps that a unit of chunks and a small tensor share.
#pragma once

#include <span>
#include <vector>

#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// Runs the fused kernel over `values` wide values that begin at value `first_value` of the tensor; adds to
/// `tally`, returns the moments. `top16` may be null.
Moments measure_wide(const TensorTask& task, Bytes bytes, std::uint64_t first_value, std::uint64_t values,
                     const StatsOptions& options, std::uint32_t* top16, Tally& tally);

/// Counts and intervals of values counted by code; extremes are set by whoever has the bytes.
void tally_codes(Dtype dtype, std::span<const CodeCount> codes, Tally& tally);

/// The element's bit pattern. Requires a coded dtype. Two F4 share a byte, the earlier in the low half.
std::uint32_t code_at(Dtype dtype, Bytes bytes, std::uint64_t index) noexcept;

/// Index of the first element with the value that `code` stands for; `elements` when there is none. Codes
/// that mean the same (zeros of both signs, all that is true) count alike. Requires a coded dtype whose NaN
/// `code` is not.
std::uint64_t find_value(Dtype dtype, Bytes bytes, std::uint64_t elements, std::uint32_t code) noexcept;

/// counts[code] += occurrences among `elements` elements. Requires a coded dtype.
void count_codes(Dtype dtype, Bytes bytes, std::uint64_t elements, std::vector<std::uint32_t>& counts);

/// Appends the values that `plan` keeps of [first, first + count), where `first` counts in the plan's
/// population.
void collect_sample(const SamplePlan& plan, Dtype dtype, Bytes bytes, std::uint64_t first,
                    std::uint64_t count, std::vector<double>& out);

}  // namespace weightsieve
