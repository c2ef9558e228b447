// How small a pruned tensor can get: the yardstick for the `packed` encoding.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/codec/chunk_codec.hpp"

namespace weightsieve {

/// The entropy of which units are zero, plus the order-0 entropy of the upper 16 bits of those that are not,
/// plus their lower bits as they are. A coder that knows no more of the data than that cannot do better.
/// 512 KiB; not thread-safe.
class EntropyBound {
 public:
  EntropyBound();

  /// Counts in the units of a chunk, all of one width. Linear.
  void add(Bytes chunk, const ChunkLayout& layout);

  /// The bound of everything added since the last clear(). The sum over chunks that are cleared in between is
  /// lower: each may have its own distribution.
  double bytes() const;

  void clear();

 private:
  std::vector<std::uint64_t> counts_;  ///< by the upper 16 bits
  std::uint64_t units_ = 0;
  std::uint64_t kept_ = 0;
  std::uint64_t low_bits_ = 0;  ///< of all kept units together
};

}  // namespace weightsieve
