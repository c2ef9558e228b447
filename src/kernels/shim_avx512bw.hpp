// What xsimd 8.1 lacks, in AVX-512: widening, keys of doubles, and counting the lanes where a comparison
// holds.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace weightsieve::kernel {
namespace {

using Arch = xsimd::avx512bw;

/// Keeps g++ from loading a value anew for each instruction that uses it: most loads of unaligned data touch
/// two cache lines.
template <typename T>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> in_register(xsimd::batch<T, Arch> lanes) noexcept {
  __asm__("" : "+v"(lanes.data));
  return lanes;
}

[[maybe_unused]] inline xsimd::batch<double, Arch> load_doubles(const float* data) noexcept {
  return _mm512_cvtps_pd(_mm256_loadu_ps(data));
}

/// a × b + c, rounded once.
[[gnu::always_inline]] inline xsimd::batch<double, Arch> multiply_add(
    const xsimd::batch<double, Arch>& a, const xsimd::batch<double, Arch>& b,
    const xsimd::batch<double, Arch>& c) noexcept {
  return _mm512_fmadd_pd(a.data, b.data, c.data);
}

/// The upper 32 bits of each value: all of a float; the upper half of a double, in some order.
[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> keys_of(
    const xsimd::batch<float, Arch> (&x)[1]) noexcept {
  return _mm512_castps_si512(x[0].data);
}

[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> keys_of(
    const xsimd::batch<double, Arch> (&x)[2]) noexcept {
  constexpr int kOddElements = 0xDD;
  return _mm512_castps_si512(
      _mm512_shuffle_ps(_mm512_castpd_ps(x[0].data), _mm512_castpd_ps(x[1].data), kOddElements));
}

// Not inline: g++ 12 would otherwise keep counts in memory all through the loop before.
template <typename Lane>
[[gnu::noinline]] std::uint64_t sum_of(__m512i counts) noexcept {
  alignas(64) Lane lane[64 / sizeof(Lane)];
  _mm512_store_si512(lane, counts);
  std::uint64_t sum = 0;
  for (const Lane count : lane)
    sum += count;
  return sum;
}

/// Counts true lanes, at most 2^32 − 1 in each. Comparisons end in mask registers here; moving those to
/// general registers takes a port that multiplications need, a masked subtraction runs on any.
template <typename T>
class Tally;

template <>
class Tally<float> {
 public:
  void add(const xsimd::batch_bool<float, Arch>& lanes) noexcept {
    counts_ = _mm512_mask_sub_epi32(counts_, lanes.data, counts_, _mm512_set1_epi32(-1));
  }
  std::uint64_t count() const noexcept { return sum_of<std::uint32_t>(counts_); }

 private:
  __m512i counts_ = _mm512_setzero_si512();
};

template <>
class Tally<double> {
 public:
  void add(const xsimd::batch_bool<double, Arch>& lanes) noexcept {
    counts_ = _mm512_mask_sub_epi64(counts_, lanes.data, counts_, _mm512_set1_epi64(-1));
  }
  std::uint64_t count() const noexcept { return sum_of<std::uint64_t>(counts_); }

 private:
  __m512i counts_ = _mm512_setzero_si512();
};

/// Bit i of what equal_…() gives: code i equals `code`.
[[maybe_unused]] inline std::uint64_t equal_bytes(const std::byte* data, std::uint8_t code) noexcept {
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(data), _mm512_set1_epi8(static_cast<char>(code)));
}

[[maybe_unused]] inline std::uint64_t equal_words(const std::byte* data, std::uint16_t code) noexcept {
  const __m512i pattern = _mm512_set1_epi16(static_cast<short>(code));
  const std::uint64_t low = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(data), pattern);
  const std::uint64_t high = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(data + 64), pattern);
  return low | high << 32;
}

/// Of the upper 16 bits of a register of values.
[[maybe_unused]] inline std::uint64_t equal_top16(const float* data, std::uint16_t code) noexcept {
  const __m512i top = _mm512_srli_epi32(_mm512_loadu_si512(data), 16);
  return _mm512_cmpeq_epi32_mask(top, _mm512_set1_epi32(code));
}

[[maybe_unused]] inline std::uint64_t equal_top16(const double* data, std::uint16_t code) noexcept {
  const __m512i top = _mm512_srli_epi64(_mm512_loadu_si512(data), 48);
  return _mm512_cmpeq_epi64_mask(top, _mm512_set1_epi64(code));
}

}  // namespace
}  // namespace weightsieve::kernel
