#include <type_traits>

#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {

// Every value is stored, and those that nobody wants are overwritten: a branch would be mispredicted too
// often.
template <typename T>
std::size_t pick(const std::byte* data, std::size_t values, const std::uint8_t* wanted, std::uint16_t,
                 std::byte* out) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  std::size_t picked = 0;
  for (std::size_t i = 0; i < values; ++i) {
    const auto bits = load<Bits>(data, i);
    std::memcpy(out + picked * sizeof bits, &bits, sizeof bits);
    picked += wanted[bits >> (8 * sizeof bits - 16)] != 0;
  }
  return picked;
}

template std::size_t pick<float>(const std::byte*, std::size_t, const std::uint8_t*, std::uint16_t,
                                 std::byte*) noexcept;
template std::size_t pick<double>(const std::byte*, std::size_t, const std::uint8_t*, std::uint16_t,
                                  std::byte*) noexcept;

}  // namespace weightsieve::kernel::scalar
