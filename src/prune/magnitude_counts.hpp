// The first pass of a search by magnitude: how often each magnitude, or each upper half of one, occurs.
#pragma once

#include <cstdint>
#include <vector>

#include "weightsieve/base/wire.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::prune {

/// `count` elements whose keys lie in [low, high].
struct KeyBucket {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t count = 0;
};

/// Elements of one dtype by the upper 16 bits of their pattern (8-bit dtypes: by the pattern), and zeros by
/// themselves. For one thread.
class MagnitudeCounts {
 public:
  explicit MagnitudeCounts(Dtype dtype);

  Dtype dtype() const noexcept { return dtype_; }

  /// Adds elements; at most 2^32 − 1 between two calls of merge().
  void add(Bytes elements);

  void merge(const MagnitudeCounts& other);

  /// As bytes, and back in another process. read() throws Error{malformed}.
  void write(WireWriter& out) const;
  static MagnitudeCounts read(WireReader& in);

  /// Finite elements, ascending by key; buckets do not overlap. A bucket of a dtype of at most 16 bits is one
  /// value, and zeros have their own.
  std::vector<KeyBucket> buckets() const;

 private:
  std::uint64_t at(std::uint64_t upper) const noexcept;

  Dtype dtype_;
  std::uint64_t zeros_ = 0;
  std::vector<std::uint32_t> counts_;  ///< what add() counted
  std::vector<std::uint64_t> merged_;  ///< what others counted; empty until then
};

}  // namespace weightsieve::prune
