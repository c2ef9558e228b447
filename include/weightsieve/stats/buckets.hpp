// Counts of values by bit pattern, and the ascending buckets that quantiles and histograms are read from.
//
// Dtypes of at most 16 bits are counted by their code: every bucket is one value. F32 and F64 are counted by
// the upper 16 bits: a bucket is a narrow interval. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/stats/moments.hpp"
#include "weightsieve/stats/statistics.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// `count` values in [low, high], both finite.
struct Bucket {
  double low = 0;
  double high = 0;
  std::uint64_t count = 0;
};

/// How often one code occurs.
struct CodeCount {
  std::uint32_t code = 0;
  std::uint64_t count = 0;
};

/// Number of codes a table for this dtype has: 16 (F4), 256, or 65,536; 0 for wide integers, which have none.
std::size_t code_space(Dtype dtype) noexcept;

/// The codes that occur, ascending by value (−0 before +0), NaN codes in front and infinities at their place.
/// O(code_space).
std::vector<CodeCount> occurring_codes(Dtype dtype, std::span<const std::uint64_t> table);
std::vector<CodeCount> occurring_codes(Dtype dtype, std::span<const std::uint32_t> table);

/// Sorts codes the same way; for tensors too small to walk a whole table.
void sort_codes(Dtype dtype, std::vector<CodeCount>& codes);

/// Counts by sign and kind. Requires is_coded(dtype).
ValueCounts counts_of_codes(Dtype dtype, std::span<const CodeCount> codes) noexcept;

/// Finite values, ascending. Requires is_coded(dtype) and codes ascending.
std::vector<WeightedValue> values_of_codes(Dtype dtype, std::span<const CodeCount> codes);

/// At most two buckets.
class CodeBuckets {
 public:
  void add(const Bucket& bucket) noexcept { buckets_[size_++] = bucket; }
  std::size_t size() const noexcept { return size_; }
  const Bucket* begin() const noexcept { return buckets_; }
  const Bucket* end() const noexcept { return buckets_ + size_; }

 private:
  Bucket buckets_[2];
  std::size_t size_ = 0;
};

/// The finite buckets of one upper half of F32, F64 or C64 values, ascending; see buckets_of_codes().
CodeBuckets buckets_of_upper_half(Dtype dtype, const CodeCount& entry, const ValueCounts& counts);

/// Finite buckets, ascending by low. For F32, F64 and C64 the codes are upper halves and `counts` says how
/// many of the smallest bucket's values are zeros, which then have a bucket of their own.
std::vector<Bucket> buckets_of_codes(Dtype dtype, std::span<const CodeCount> codes,
                                     const ValueCounts& counts);

/// The upper halves of all finite values of an F32, F64 or C64 tensor, ascending; `counts` tells the zeros of
/// both signs apart.
std::vector<CodeCount> upper_halves(Dtype dtype, std::span<const double> values, const ValueCounts& counts);

/// The buckets of |x|, ascending by low.
std::vector<Bucket> magnitudes(std::span<const Bucket> buckets);

}  // namespace weightsieve
