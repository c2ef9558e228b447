// Words and registers of bytes, for the loops of the PackTable out of BMI2 and AVX2. Included by
// pack_<name>.cpp alone, as pack.impl.hpp says.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weightsieve::kernel {
namespace {

using Word = std::uint64_t;

template <typename T>
inline T get(const std::byte* data, std::size_t index) noexcept {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
inline void set(std::byte* data, std::size_t index, T value) noexcept {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

inline unsigned set_bits(Word bits) noexcept { return static_cast<unsigned>(_mm_popcnt_u64(bits)); }
inline unsigned first_bit(Word bits) noexcept { return static_cast<unsigned>(_tzcnt_u64(bits)); }

// 0xFF in the bytes whose bit is set.
inline Word spread(unsigned bits) noexcept { return _pdep_u64(bits, 0x0101'0101'0101'0101) * 0xFF; }

inline __m256i load256(const std::byte* data) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data));
}
inline __m128i load128(const std::byte* data) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
}
inline __m128i eight_bytes(Word bytes) noexcept { return _mm_cvtsi64_si128(static_cast<long long>(bytes)); }

}  // namespace
}  // namespace weightsieve::kernel
