#include "weightsieve/engine/share.hpp"

#include <numeric>

#include "weightsieve/base/checked.hpp"

namespace weightsieve {
namespace {

/// The unit before which the sum of work comes nearest to `target`.
std::size_t nearest_cut(std::span<const std::uint64_t> work, std::uint64_t target) {
  std::uint64_t sum = 0;
  for (std::size_t unit = 0; unit < work.size(); ++unit) {
    const std::uint64_t next = sum + work[unit];
    if (next >= target) return target - sum <= next - target ? unit : unit + 1;
    sum = next;
  }
  return work.size();
}

}  // namespace

UnitRange units_of_share(std::span<const std::uint64_t> work, const ShareOf& share) {
  const std::uint64_t total = std::accumulate(work.begin(), work.end(), std::uint64_t{0});
  const auto cut = [&](unsigned index) {
    return index == share.shares ? work.size() : nearest_cut(work, mul_div(total, index, share.shares));
  };
  return {share.index == 0 ? 0 : cut(share.index), cut(share.index + 1)};
}

}  // namespace weightsieve
