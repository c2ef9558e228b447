// Reads a value from where it stands in the file, aligned or not.
#pragma once

#include <cstddef>
#include <cstring>

namespace weightsieve::kernel {

template <typename T>
T load(const std::byte* data, std::size_t index) noexcept {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

}  // namespace weightsieve::kernel
