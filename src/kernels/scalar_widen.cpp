#include <bit>

#include "kernels/float_environment.hpp"
#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {
namespace {

// All bits set where `truth` holds.
std::uint32_t mask(bool truth) noexcept { return 0u - static_cast<std::uint32_t>(truth); }

// Without a branch, and with the subnormal numbers of neither type: compilers make vector code of loops over
// this, and it takes no longer for odd values.
float float_of_f16(std::uint16_t code) noexcept {
  constexpr std::uint32_t exponent = 0x7C00u << 13;
  constexpr std::uint32_t to_float = (127u - 15u) << 23;
  constexpr std::uint32_t step = 1u << 23;
  const std::uint32_t shifted = (code & 0x7FFFu) << 13;
  const std::uint32_t special = mask((shifted & exponent) == exponent);
  const std::uint32_t small = mask((shifted & exponent) == 0);
  const std::uint32_t bits = shifted + to_float + (special & to_float) + (small & step);
  // The exponent of a small number has an implicit one that is not there.
  const float value = std::bit_cast<float>(bits) - std::bit_cast<float>(small & (to_float + step));
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | (code & 0x8000u) << 16);
}

}  // namespace

template <typename T>
void widen(const std::byte* data, std::size_t values, double* out) noexcept {
  const FloatEnvironment environment;
  for (std::size_t i = 0; i < values; ++i)
    out[i] = static_cast<double>(load<T>(data, i));
}

template void widen<float>(const std::byte*, std::size_t, double*) noexcept;
template void widen<double>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::int32_t>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::uint32_t>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::int64_t>(const std::byte*, std::size_t, double*) noexcept;
template void widen<std::uint64_t>(const std::byte*, std::size_t, double*) noexcept;

void widen_f16(const std::byte* data, std::size_t values, float* out) noexcept {
  for (std::size_t i = 0; i < values; ++i)
    out[i] = float_of_f16(load<std::uint16_t>(data, i));
}

}  // namespace weightsieve::kernel::scalar
