// What the keys of a block say: bounds of its values, its signs, and whether anything in it needs care. A
// step of scan_block.impl.hpp's loop.
//
// Integer instructions throughout: on Zen 4 a minimum of floats shares two ports with the additions, one of
// integers has all four (0.5 against 1 cycle for 16 values). Of f64 only the upper halves are looked at,
// which halves the work; where that is too coarse, the block is looked at again.
#pragma once

namespace weightsieve::kernel {
namespace {

using Keys = xsimd::batch<std::int32_t, Arch>;
using UnsignedKeys = xsimd::batch<std::uint32_t, Arch>;

inline UnsignedKeys as_unsigned(const Keys& keys) noexcept { return keys.data; }

// Not inline: g++ 12 would otherwise keep the lanes in memory all through the loop before (a third of its
// rate).
template <typename Lane, typename Choose>
[[gnu::noinline]] Lane reduce(xsimd::batch<Lane, Arch> lanes, Choose choose) noexcept {
  alignas(64) Lane lane[Keys::size];
  lanes.store_aligned(lane);
  for (std::size_t width = Keys::size / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i)
      lane[i] = choose(lane[i], lane[i + width]);
  }
  return lane[0];
}

class KeyScan {
 public:
  [[gnu::always_inline]] void add(const Keys& keys) noexcept {
    greatest_ = xsimd::max(greatest_, keys);
    greatest_unsigned_ = xsimd::max(greatest_unsigned_, as_unsigned(keys));
    least_magnitude_ = xsimd::min(least_magnitude_, as_unsigned(keys) & UnsignedKeys(0x7FFF'FFFFU));
    signs_ += as_unsigned(keys) >> 31;
  }

  KeyFacts facts() const noexcept {
    const auto larger = [](auto a, auto b) { return a < b ? b : a; };
    const auto smaller = [](auto a, auto b) { return b < a ? b : a; };
    return {.greatest_signed = reduce(greatest_, larger),
            .greatest_unsigned = reduce(greatest_unsigned_, larger),
            .least_magnitude = reduce(least_magnitude_, smaller),
            .negative_signs = reduce(signs_, [](auto a, auto b) { return a + b; })};
  }

 private:
  Keys greatest_ = Keys(std::numeric_limits<std::int32_t>::min());
  UnsignedKeys greatest_unsigned_ = UnsignedKeys(0U);
  UnsignedKeys least_magnitude_ = UnsignedKeys(0x7FFF'FFFFU);
  UnsignedKeys signs_ = UnsignedKeys(0U);
};

}  // namespace
}  // namespace weightsieve::kernel
