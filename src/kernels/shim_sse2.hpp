// What xsimd 8.1 lacks, in SSE2: widening, keys of doubles, and counting the lanes where a comparison holds.
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace weightsieve::kernel {
namespace {

using Arch = xsimd::sse2;

/// Keeps g++ from loading a value anew for each instruction that uses it: most loads of unaligned data touch
/// two cache lines.
template <typename T>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> in_register(xsimd::batch<T, Arch> lanes) noexcept {
  __asm__("" : "+x"(lanes.data));
  return lanes;
}

[[maybe_unused]] inline xsimd::batch<double, Arch> load_doubles(const float* data) noexcept {
  return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(data))));
}

/// The upper 32 bits of each value: all of a float; the upper half of a double, in some order.
[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> keys_of(
    const xsimd::batch<float, Arch> (&x)[1]) noexcept {
  return _mm_castps_si128(x[0].data);
}

[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> keys_of(
    const xsimd::batch<double, Arch> (&x)[2]) noexcept {
  constexpr int kOddElements = 0xDD;
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castpd_ps(x[0].data), _mm_castpd_ps(x[1].data), kOddElements));
}

// Not inline: g++ 12 would otherwise keep counts in memory all through the loop before.
template <typename Lane>
[[gnu::noinline]] std::uint64_t sum_of(__m128i counts) noexcept {
  alignas(16) Lane lane[16 / sizeof(Lane)];
  _mm_store_si128(reinterpret_cast<__m128i*>(lane), counts);
  std::uint64_t sum = 0;
  for (const Lane count : lane)
    sum += count;
  return sum;
}

/// Counts true lanes: a comparison yields −1 in each. At most 2^32 − 1 a lane.
template <typename T>
class Tally;

template <>
class Tally<float> {
 public:
  void add(const xsimd::batch_bool<float, Arch>& lanes) noexcept {
    counts_ = _mm_sub_epi32(counts_, _mm_castps_si128(lanes.data));
  }
  std::uint64_t count() const noexcept { return sum_of<std::uint32_t>(counts_); }

 private:
  __m128i counts_ = _mm_setzero_si128();
};

template <>
class Tally<double> {
 public:
  void add(const xsimd::batch_bool<double, Arch>& lanes) noexcept {
    counts_ = _mm_sub_epi64(counts_, _mm_castpd_si128(lanes.data));
  }
  std::uint64_t count() const noexcept { return sum_of<std::uint64_t>(counts_); }

 private:
  __m128i counts_ = _mm_setzero_si128();
};

[[maybe_unused]] inline __m128i load_register(const void* data) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(data));
}

[[maybe_unused]] inline std::uint64_t sign_bits_of_bytes(__m128i lanes) noexcept {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(lanes));
}

/// Bit i of what equal_…() gives: code i equals `code`.
[[maybe_unused]] inline std::uint64_t equal_bytes(const std::byte* data, std::uint8_t code) noexcept {
  const __m128i pattern = _mm_set1_epi8(static_cast<char>(code));
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    equal |= sign_bits_of_bytes(_mm_cmpeq_epi8(load_register(data + 16 * i), pattern)) << (16 * i);
  }
  return equal;
}

[[maybe_unused]] inline std::uint64_t equal_words(const std::byte* data, std::uint16_t code) noexcept {
  const __m128i pattern = _mm_set1_epi16(static_cast<short>(code));
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const __m128i low = _mm_cmpeq_epi16(load_register(data + 32 * i), pattern);
    const __m128i high = _mm_cmpeq_epi16(load_register(data + 32 * i + 16), pattern);
    equal |= sign_bits_of_bytes(_mm_packs_epi16(low, high)) << (16 * i);
  }
  return equal;
}

/// Of the upper 16 bits of a register of values.
[[maybe_unused]] inline std::uint64_t equal_top16(const float* data, std::uint16_t code) noexcept {
  const __m128i equal = _mm_cmpeq_epi32(_mm_srli_epi32(load_register(data), 16), _mm_set1_epi32(code));
  return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(equal)));
}

[[maybe_unused]] inline std::uint64_t equal_top16(const double* data, std::uint16_t code) noexcept {
  constexpr int kLowToHigh = 0xA0;  // SSE2 compares no 64 bits at once, but the upper 32 are equal anyway
  const __m128i equal = _mm_cmpeq_epi32(_mm_srli_epi64(load_register(data), 48), _mm_set1_epi64x(code));
  return static_cast<unsigned>(_mm_movemask_pd(_mm_castsi128_pd(_mm_shuffle_epi32(equal, kLowToHigh))));
}

}  // namespace
}  // namespace weightsieve::kernel
