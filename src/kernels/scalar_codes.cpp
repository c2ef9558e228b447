#include <cstring>

#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {

void count8(const std::byte* data, std::size_t bytes, std::uint32_t* counts) noexcept {
  for (std::size_t i = 0; i < bytes; ++i)
    ++counts[static_cast<std::uint8_t>(data[i])];
}

void count16(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept {
  for (std::size_t i = 0; i < values; ++i)
    ++counts[load<std::uint16_t>(data, i)];
}

std::size_t find8(const std::byte* data, std::size_t bytes, std::uint8_t code) noexcept {
  if (bytes == 0) return 0;
  const void* found = std::memchr(data, code, bytes);
  return found ? static_cast<std::size_t>(static_cast<const std::byte*>(found) - data) : bytes;
}

std::size_t find16(const std::byte* data, std::size_t values, std::uint16_t code) noexcept {
  std::size_t i = 0;
  while (i < values && load<std::uint16_t>(data, i) != code)
    ++i;
  return i;
}

}  // namespace weightsieve::kernel::scalar
