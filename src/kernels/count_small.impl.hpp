// Zeros and subnormals of a block that holds some. The compiler makes vector code of this loop.
#pragma once

namespace weightsieve::kernel {
namespace {

template <typename T>
SmallCounts count_small(const std::byte* data, std::size_t sections) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits kNegativeZero = Bits{1} << (8 * sizeof(T) - 1);
  constexpr Bits kTwiceLeastNormal = Bits{2} << (std::numeric_limits<T>::digits - 1);
  Bits zero = 0, negative_zero = 0, small = 0;
  for (std::size_t i = 0; i < sections * kSectionValues; ++i) {
    Bits bits;
    __builtin_memcpy(&bits, data + i * sizeof(T), sizeof bits);
    zero += bits << 1 == 0;
    negative_zero += bits == kNegativeZero;
    small += bits << 1 < kTwiceLeastNormal;
  }
  return {.zero = zero, .negative_zero = negative_zero, .subnormal = small - zero};
}

}  // namespace
}  // namespace weightsieve::kernel
