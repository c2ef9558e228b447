// What xsimd 8.1 lacks, in AVX2: widening, keys of doubles, and counting the lanes where a comparison holds.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace weightsieve::kernel {
namespace {

using Arch = xsimd::avx2;

[[maybe_unused]] inline xsimd::batch<double, Arch> load_doubles(const float* data) noexcept {
  return _mm256_cvtps_pd(_mm_loadu_ps(data));
}

/// The upper halves of 8 doubles, in some order.
[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> load_keys(const double* data) noexcept {
  constexpr int kOddElements = 0xDD;
  const __m256 a = _mm256_castpd_ps(_mm256_loadu_pd(data));
  const __m256 b = _mm256_castpd_ps(_mm256_loadu_pd(data + 4));
  return _mm256_castps_si256(_mm256_shuffle_ps(a, b, kOddElements));
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
  std::uint64_t count() const noexcept {
    alignas(32) std::uint32_t lane[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lane), counts_);
    std::uint64_t sum = 0;
    for (const std::uint32_t count : lane)
      sum += count;
    return sum;
  }

 private:
  __m256i counts_ = _mm256_setzero_si256();
};

template <>
class Tally<double> {
 public:
  void add(const xsimd::batch_bool<double, Arch>& lanes) noexcept {
    counts_ = _mm256_sub_epi64(counts_, _mm256_castpd_si256(lanes.data));
  }
  std::uint64_t count() const noexcept {
    alignas(32) std::uint64_t lane[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lane), counts_);
    return lane[0] + lane[1] + lane[2] + lane[3];
  }

 private:
  __m256i counts_ = _mm256_setzero_si256();
};

}  // namespace
}  // namespace weightsieve::kernel
