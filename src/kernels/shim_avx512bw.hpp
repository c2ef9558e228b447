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

[[maybe_unused]] inline xsimd::batch<double, Arch> load_doubles(const float* data) noexcept {
  return _mm512_cvtps_pd(_mm256_loadu_ps(data));
}

/// The upper halves of 16 doubles, in some order.
[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> load_keys(const double* data) noexcept {
  constexpr int kOddElements = 0xDD;
  const __m512 a = _mm512_castpd_ps(_mm512_loadu_pd(data));
  const __m512 b = _mm512_castpd_ps(_mm512_loadu_pd(data + 8));
  return _mm512_castps_si512(_mm512_shuffle_ps(a, b, kOddElements));
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
  std::uint64_t count() const noexcept {
    alignas(64) std::uint32_t lane[16];
    _mm512_store_si512(lane, counts_);
    std::uint64_t sum = 0;
    for (const std::uint32_t count : lane)
      sum += count;
    return sum;
  }

 private:
  __m512i counts_ = _mm512_setzero_si512();
};

template <>
class Tally<double> {
 public:
  void add(const xsimd::batch_bool<double, Arch>& lanes) noexcept {
    counts_ = _mm512_mask_sub_epi64(counts_, lanes.data, counts_, _mm512_set1_epi64(-1));
  }
  std::uint64_t count() const noexcept {
    alignas(64) std::uint64_t lane[8];
    _mm512_store_si512(lane, counts_);
    std::uint64_t sum = 0;
    for (const std::uint64_t count : lane)
      sum += count;
    return sum;
  }

 private:
  __m512i counts_ = _mm512_setzero_si512();
};

}  // namespace
}  // namespace weightsieve::kernel
