#include <algorithm>

#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve {

std::vector<std::uint64_t> plan_frames(std::uint64_t total_bytes, std::span<const std::uint64_t> cuts) {
  std::vector<std::uint64_t> begins;
  std::size_t next_cut = 0;
  for (std::uint64_t begin = 0; begin < total_bytes;) {
    begins.push_back(begin);
    if (total_bytes - begin <= kMaxPlannedFrameBytes) break;
    const std::uint64_t most = begin + kMaxPlannedFrameBytes;
    std::uint64_t last_cut = begin;
    for (; next_cut < cuts.size() && cuts[next_cut] <= most; ++next_cut)
      last_cut = std::max(last_cut, cuts[next_cut]);
    begin = last_cut > begin ? last_cut : most;
  }
  return begins;
}

}  // namespace weightsieve
