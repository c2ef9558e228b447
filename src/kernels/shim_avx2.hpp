// What xsimd 8.1 lacks, in AVX2: widening, keys of doubles, and counting the lanes where a comparison holds.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace weightsieve::kernel {
namespace {

using Arch = xsimd::avx2;

/// Keeps g++ from loading a value anew for each instruction that uses it: most loads of unaligned data touch
/// two cache lines.
template <typename T>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> in_register(xsimd::batch<T, Arch> lanes) noexcept {
  __asm__("" : "+x"(lanes.data));
  return lanes;
}

[[maybe_unused]] inline xsimd::batch<double, Arch> load_doubles(const float* data) noexcept {
  return _mm256_cvtps_pd(_mm_loadu_ps(data));
}

/// a × b + c, rounded once.
[[gnu::always_inline]] inline xsimd::batch<double, Arch> multiply_add(
    const xsimd::batch<double, Arch>& a, const xsimd::batch<double, Arch>& b,
    const xsimd::batch<double, Arch>& c) noexcept {
  return _mm256_fmadd_pd(a.data, b.data, c.data);
}

/// The upper 32 bits of each value: all of a float; the upper half of a double, in some order.
[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> keys_of(
    const xsimd::batch<float, Arch> (&x)[1]) noexcept {
  return _mm256_castps_si256(x[0].data);
}

[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> keys_of(
    const xsimd::batch<double, Arch> (&x)[2]) noexcept {
  constexpr int kOddElements = 0xDD;
  return _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castpd_ps(x[0].data), _mm256_castpd_ps(x[1].data), kOddElements));
}

// Not inline: g++ 12 would otherwise keep counts in memory all through the loop before.
template <typename Lane>
[[gnu::noinline]] std::uint64_t sum_of(__m256i counts) noexcept {
  alignas(32) Lane lane[32 / sizeof(Lane)];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lane), counts);
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
    counts_ = _mm256_sub_epi32(counts_, _mm256_castps_si256(lanes.data));
  }
  std::uint64_t count() const noexcept { return sum_of<std::uint32_t>(counts_); }

 private:
  __m256i counts_ = _mm256_setzero_si256();
};

template <>
class Tally<double> {
 public:
  void add(const xsimd::batch_bool<double, Arch>& lanes) noexcept {
    counts_ = _mm256_sub_epi64(counts_, _mm256_castpd_si256(lanes.data));
  }
  std::uint64_t count() const noexcept { return sum_of<std::uint64_t>(counts_); }

 private:
  __m256i counts_ = _mm256_setzero_si256();
};

[[maybe_unused]] inline __m256i load_register(const void* data) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(data));
}

[[maybe_unused]] inline std::uint64_t sign_bits_of_bytes(__m256i lanes) noexcept {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(lanes));
}

/// Bit i of what equal_…() gives: code i equals `code`.
[[maybe_unused]] inline std::uint64_t equal_bytes(const std::byte* data, std::uint8_t code) noexcept {
  const __m256i pattern = _mm256_set1_epi8(static_cast<char>(code));
  const std::uint64_t low = sign_bits_of_bytes(_mm256_cmpeq_epi8(load_register(data), pattern));
  const std::uint64_t high = sign_bits_of_bytes(_mm256_cmpeq_epi8(load_register(data + 32), pattern));
  return low | high << 32;
}

/// Of 32 words.
[[maybe_unused]] inline std::uint64_t equal_half(const std::byte* data, __m256i pattern) noexcept {
  constexpr int kUndoInterleaving = 0xD8;
  const __m256i low = _mm256_cmpeq_epi16(load_register(data), pattern);
  const __m256i high = _mm256_cmpeq_epi16(load_register(data + 32), pattern);
  return sign_bits_of_bytes(_mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), kUndoInterleaving));
}

[[maybe_unused]] inline std::uint64_t equal_words(const std::byte* data, std::uint16_t code) noexcept {
  const __m256i pattern = _mm256_set1_epi16(static_cast<short>(code));
  return equal_half(data, pattern) | equal_half(data + 64, pattern) << 32;
}

/// Of the upper 16 bits of a register of values.
[[maybe_unused]] inline std::uint64_t equal_top16(const float* data, std::uint16_t code) noexcept {
  const __m256i equal =
      _mm256_cmpeq_epi32(_mm256_srli_epi32(load_register(data), 16), _mm256_set1_epi32(code));
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(equal)));
}

[[maybe_unused]] inline std::uint64_t equal_top16(const double* data, std::uint16_t code) noexcept {
  const __m256i equal =
      _mm256_cmpeq_epi64(_mm256_srli_epi64(load_register(data), 48), _mm256_set1_epi64x(code));
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(equal)));
}

}  // namespace
}  // namespace weightsieve::kernel
