#include "prune/magnitude.hpp"

#include "weightsieve/tensor/code_value.hpp"

namespace weightsieve::prune {

std::uint64_t finite_magnitudes(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::F64:
      return kInfinityKey;
    case Dtype::F32:
      return 0x7F80'0000;
    case Dtype::BF16:
      return 0x7F80;
    case Dtype::F16:
      return 0x7C00;
    case Dtype::F8_E4M3:
      return 0x7F;
    case Dtype::F8_E5M2:
      return 0x7C;
    default:
      return 0x80;  // FNUZ
  }
}

std::uint64_t key_of_magnitude(Dtype dtype, std::uint64_t magnitude) noexcept {
  if (dtype == Dtype::F64) return magnitude;
  const auto bits = static_cast<std::uint32_t>(magnitude);
  if (dtype == Dtype::F32) return key_of(static_cast<double>(std::bit_cast<float>(bits)));
  return key_of(code_value(dtype, bits));
}

std::uint64_t least_magnitude(Dtype dtype, std::uint64_t key) noexcept {
  std::uint64_t low = 0;
  std::uint64_t high = finite_magnitudes(dtype);
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (key_of_magnitude(dtype, middle) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

int odd_nan(Dtype dtype) noexcept {
  return dtype == Dtype::F8_E4M3FNUZ || dtype == Dtype::F8_E5M2FNUZ ? 0x80 : -1;
}

unsigned key_granularity_bits(Dtype dtype) noexcept { return dtype == Dtype::F64 ? 0 : 29; }

}  // namespace weightsieve::prune
