#include "prune/key_cut.hpp"

#include <algorithm>

#include "prune/key_source.hpp"
#include "prune/magnitude.hpp"

namespace weightsieve::prune {
namespace {

template <class Bits>
void mark_below(const std::byte* elements, std::uint64_t limit, int odd_nan_code,
                std::span<std::uint8_t> drop) noexcept {
  const auto bound = static_cast<Bits>(limit);
  for (std::size_t i = 0; i < drop.size(); ++i) {
    const Bits bits = load<Bits>(elements + i * sizeof(Bits));
    drop[i] = magnitude_of(bits) < bound ? 1 : 0;
    if constexpr (sizeof(Bits) == 1) drop[i] &= bits != odd_nan_code ? 1 : 0;
  }
}

/// Sets drop[i] where the magnitude is below `limit`.
void mark_below(Dtype dtype, std::uint64_t limit, Bytes bytes, std::span<std::uint8_t> drop) noexcept {
  with_bits(dtype, [&](auto bits) { mark_below<decltype(bits)>(bytes.data(), limit, odd_nan(dtype), drop); });
}

/// How many of the elements from `first` on may go when they are ties.
std::uint64_t leading_ties(const KeyCut& cut, std::uint64_t first, std::uint64_t elements) noexcept {
  return std::clamp(cut.ties_before, first, first + elements) - first;
}

}  // namespace

void mark_magnitudes(Dtype dtype, const KeyCut& cut, std::uint64_t first, Bytes bytes,
                     std::span<std::uint8_t> drop) noexcept {
  const std::uint64_t ties = leading_ties(cut, first, drop.size());
  const std::uint64_t tie_bytes = ties * dtype_info(dtype).bits / 8;
  mark_below(dtype, least_magnitude(dtype, cut.key + 1), bytes.first(tie_bytes), drop.first(ties));
  mark_below(dtype, least_magnitude(dtype, cut.key), bytes.subspan(tie_bytes), drop.subspan(ties));
}

void mark_keys(const KeyCut& cut, std::uint64_t first, std::span<const std::uint64_t> keys,
               std::span<std::uint8_t> drop) noexcept {
  const std::uint64_t ties = leading_ties(cut, first, drop.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    drop[i] = keys[i] < cut.key + (i < ties ? 1 : 0) ? 1 : 0;
}

void mark_least(std::span<const std::uint64_t> keys, std::uint64_t k, std::span<std::uint64_t> scratch,
                std::span<std::uint8_t> drop) {
  const auto candidates = std::ranges::copy_if(keys, scratch.begin(), [](auto key) { return key != kNoKey; });
  const auto end = candidates.out;
  k = std::min(k, static_cast<std::uint64_t>(end - scratch.begin()));
  std::ranges::fill(drop, std::uint8_t{0});
  if (k == 0) return;
  const auto kth = scratch.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(scratch.begin(), kth, end);
  const std::uint64_t key = *kth;
  auto ties =
      k - static_cast<std::uint64_t>(std::ranges::count_if(keys, [key](auto one) { return one < key; }));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool tie = keys[i] == key && ties != 0;
    drop[i] = keys[i] < key || tie ? 1 : 0;
    ties -= tie ? 1 : 0;
  }
}

}  // namespace weightsieve::prune
