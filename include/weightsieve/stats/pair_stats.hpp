// Two streams of as many values compared pair by pair: what needs both of them at once.
//
// A pair is equal when both are the same number (−0 and +0 are) or both NaN. Differences and sums are over
// the pairs of two finite values, each rounded to a double. 64-bit integers are compared exactly, and their
// differences are off by at most a unit in the last place. Plain values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/moments.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// Counts and sums over pairs (a, b). Sums that do not fit a double are infinite or NaN.
struct PairTally {
  std::uint64_t values = 0;  ///< pairs
  std::uint64_t equal = 0;
  std::uint64_t within = 0;     ///< equal, or |a − b| at most the tolerance
  std::uint64_t identical = 0;  ///< the same bits; only where dtypes are the same
  std::uint64_t finite = 0;     ///< pairs of two finite values; below is over these
  std::uint64_t equal_finite = 0;
  double greatest = 0;  ///< max |a − b|
  std::uint64_t greatest_index =
      0;  ///< of the first, in elements; this and the next only where not all are equal
  double greatest_a = 0, greatest_b = 0;  ///< the doubles nearest to that pair
  DoubleDouble differences;               ///< Σ(a − b)²
  DoubleDouble first;                     ///< Σa²
  DoubleDouble second;                    ///< Σb²
  DoubleDouble products;                  ///< Σab

  /// Joins the tally of later values of the same tensor. Sums depend on how values were cut: callers join
  /// whole chunks, in order.
  void merge(const PairTally& later) noexcept;
};

/// Whether values of these dtypes can be compared one by one.
bool is_comparable(Dtype a, Dtype b) noexcept;

/// What is fixed about two tensors of as many elements. Requires is_comparable(a, b).
struct PairTask {
  Dtype a = Dtype::F32;
  Dtype b = Dtype::F32;
  double tolerance = 0;  ///< ≥ 0, finite
};

/// Compares `elements` ≤ kChunkElements elements that begin at element `first_element` of both tensors.
PairTally compare_chunk(const PairTask& task, Bytes a, Bytes b, std::uint64_t first_element,
                        std::uint64_t elements);

/// A tally as bytes, and back in another process. The latter throws Error{malformed} where there are too few.
void write_pairs(WireWriter& out, const PairTally& tally);
PairTally read_pairs(WireReader& in);

}  // namespace weightsieve
