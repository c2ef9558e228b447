// What xsimd 8.1 lacks, in SSE2: widening, keys of doubles, and counting the lanes where a comparison holds.
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace weightsieve::kernel {
namespace {

using Arch = xsimd::sse2;

[[maybe_unused]] inline xsimd::batch<double, Arch> load_doubles(const float* data) noexcept {
  return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(data))));
}

/// The upper halves of 4 doubles, in some order.
[[maybe_unused]] inline xsimd::batch<std::int32_t, Arch> load_keys(const double* data) noexcept {
  constexpr int kOddElements = 0xDD;
  const __m128 a = _mm_castpd_ps(_mm_loadu_pd(data));
  const __m128 b = _mm_castpd_ps(_mm_loadu_pd(data + 2));
  return _mm_castps_si128(_mm_shuffle_ps(a, b, kOddElements));
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
  std::uint64_t count() const noexcept {
    alignas(16) std::uint32_t lane[4];
    _mm_store_si128(reinterpret_cast<__m128i*>(lane), counts_);
    return std::uint64_t{lane[0]} + lane[1] + lane[2] + lane[3];
  }

 private:
  __m128i counts_ = _mm_setzero_si128();
};

template <>
class Tally<double> {
 public:
  void add(const xsimd::batch_bool<double, Arch>& lanes) noexcept {
    counts_ = _mm_sub_epi64(counts_, _mm_castpd_si128(lanes.data));
  }
  std::uint64_t count() const noexcept {
    alignas(16) std::uint64_t lane[2];
    _mm_store_si128(reinterpret_cast<__m128i*>(lane), counts_);
    return lane[0] + lane[1];
  }

 private:
  __m128i counts_ = _mm_setzero_si128();
};

}  // namespace
}  // namespace weightsieve::kernel
