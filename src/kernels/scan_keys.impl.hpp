// The first look at a block: bounds of its values, its signs, and whether anything in it needs care.
//
// Integer instructions throughout: on Zen 4 a minimum of floats shares two ports with the additions, one of
// integers has all four (0.5 against 1 cycle for 16 values). Of f64 only the upper halves are looked at,
// which halves the work; where that is too coarse, the block is looked at again.
#pragma once

namespace weightsieve::kernel {
namespace {

using Keys = xsimd::batch<std::int32_t, Arch>;
using UnsignedKeys = xsimd::batch<std::uint32_t, Arch>;

[[maybe_unused]] inline Keys load_keys(const float* data) noexcept {
  return Keys::load_unaligned(reinterpret_cast<const std::int32_t*>(data));
}

inline UnsignedKeys as_unsigned(const Keys& keys) noexcept { return UnsignedKeys(keys.data); }

template <typename Lane, typename Choose>
Lane reduce(const xsimd::batch<Lane, Arch>& lanes, Choose choose) noexcept {
  alignas(64) Lane lane[Keys::size];
  lanes.store_aligned(lane);
  Lane chosen = lane[0];
  for (std::size_t i = 1; i < Keys::size; ++i)
    chosen = choose(chosen, lane[i]);
  return chosen;
}

template <typename T>
KeyFacts scan_keys(const std::byte* data, std::size_t sections) noexcept {
  const T* values = reinterpret_cast<const T*>(data);
  const UnsignedKeys magnitude_bits(0x7FFF'FFFFU);
  Keys greatest(std::numeric_limits<std::int32_t>::min());
  UnsignedKeys greatest_unsigned(0U), least_magnitude(0x7FFF'FFFFU), signs(0U);
  for (std::size_t i = 0; i < sections * kSectionValues; i += Keys::size) {
    const Keys keys = load_keys(values + i);
    greatest = xsimd::max(greatest, keys);
    greatest_unsigned = xsimd::max(greatest_unsigned, as_unsigned(keys));
    least_magnitude = xsimd::min(least_magnitude, as_unsigned(keys) & magnitude_bits);
    signs += as_unsigned(keys) >> 31;
  }
  const auto larger = [](auto a, auto b) { return a < b ? b : a; };
  const auto smaller = [](auto a, auto b) { return b < a ? b : a; };
  return {.greatest_signed = reduce(greatest, larger),
          .greatest_unsigned = reduce(greatest_unsigned, larger),
          .least_magnitude = reduce(least_magnitude, smaller),
          .negative_signs = reduce(signs, [](auto a, auto b) { return a + b; })};
}

}  // namespace
}  // namespace weightsieve::kernel
