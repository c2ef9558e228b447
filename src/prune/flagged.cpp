#include "prune/flagged.hpp"

namespace weightsieve::prune {

FlaggedElements::FlaggedElements(Dtype dtype, std::span<const KeyRange> ranges)
    : dtype_(dtype), flags_(dtype_info(dtype).bits == 8 ? 256 : 65'536) {
  const unsigned bits = dtype_info(dtype).bits;
  const unsigned low_bits = bits > 16 ? bits - 16 : 0;
  const std::size_t sign = flags_.size() / 2;
  for (const KeyRange& range : ranges) {
    const MagnitudeRange mine{least_magnitude(dtype, range.low), least_magnitude(dtype, range.high + 1)};
    ranges_.push_back(mine);
    if (mine.low == mine.high) continue;
    for (std::uint64_t upper = mine.low >> low_bits; upper <= (mine.high - 1) >> low_bits; ++upper) {
      flags_[upper] = 1;
      flags_[upper | sign] = 1;
    }
  }
  if (const int nan = odd_nan(dtype); nan >= 0) flags_[static_cast<std::size_t>(nan)] = 0;
}

}  // namespace weightsieve::prune
