// a × b + c rounded once, as AVX2 and AVX-512 have it, out of what SSE2 has: so that machines without the
// instruction get the same bits.
//
// The product as a sum of two doubles (Dekker), then a sum of three doubles rounded once: their last part is
// rounded to odd, which keeps it from being mistaken for a tie. Sums of f32 take 8.4 ns a value so, where
// AVX2 takes 0.3; the library's fma() would take longer still on such machines. It is left for numbers so
// large or small that a step here would not be exact.
//
// Sources: Dekker, "A floating-point technique for extending the available precision", 1971; Boldo,
// Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008.
#pragma once

namespace weightsieve::kernel {
namespace {

struct TwoDoubles {
  __m128d value, tail;
};

[[gnu::always_inline]] inline TwoDoubles two_sum(__m128d a, __m128d b) noexcept {
  const __m128d sum = _mm_add_pd(a, b);
  const __m128d part = _mm_sub_pd(sum, a);
  return {sum, _mm_add_pd(_mm_sub_pd(a, _mm_sub_pd(sum, part)), _mm_sub_pd(b, part))};
}

/// In two halves of 26 bits.
[[gnu::always_inline]] inline TwoDoubles split(__m128d x) noexcept {
  const __m128d scaled = _mm_mul_pd(x, _mm_set1_pd(134217729.0));  // 2^27 + 1
  const __m128d high = _mm_sub_pd(scaled, _mm_sub_pd(scaled, x));
  return {high, _mm_sub_pd(x, high)};
}

[[gnu::always_inline]] inline TwoDoubles two_product(__m128d a, __m128d b) noexcept {
  const __m128d product = _mm_mul_pd(a, b);
  const TwoDoubles x = split(a), y = split(b);
  const __m128d first = _mm_sub_pd(_mm_mul_pd(x.value, y.value), product);
  const __m128d second = _mm_add_pd(first, _mm_mul_pd(x.value, y.tail));
  const __m128d third = _mm_add_pd(second, _mm_mul_pd(x.tail, y.value));
  return {product, _mm_add_pd(third, _mm_mul_pd(x.tail, y.tail))};
}

/// The sum as one double whose last bit is 1 unless it is exact.
[[gnu::always_inline]] inline __m128d round_to_odd(const TwoDoubles& sum) noexcept {
  const __m128i one = _mm_set1_epi64x(1);
  const __m128i value = _mm_castpd_si128(sum.value);
  const __m128i inexact = _mm_and_si128(_mm_castpd_si128(_mm_cmpneq_pd(sum.tail, _mm_setzero_pd())), one);
  const __m128i beyond =
      _mm_and_si128(_mm_srli_epi64(_mm_xor_si128(value, _mm_castpd_si128(sum.tail)), 63), inexact);
  return _mm_castsi128_pd(_mm_or_si128(_mm_sub_epi64(value, beyond), inexact));
}

[[gnu::always_inline]] inline __m128d magnitude_of(__m128d x) noexcept {
  return _mm_andnot_pd(_mm_set1_pd(-0.0), x);
}

/// Zeros, and what is so far from the ends of the range that no step of two_product() meets them.
[[gnu::always_inline]] inline __m128d is_moderate(__m128d x) noexcept {
  const __m128d magnitude = magnitude_of(x);
  const __m128d between = _mm_and_pd(_mm_cmpge_pd(magnitude, _mm_set1_pd(0x1p-450)),
                                     _mm_cmple_pd(magnitude, _mm_set1_pd(0x1p+450)));
  return _mm_or_pd(between, _mm_cmpeq_pd(x, _mm_setzero_pd()));
}

[[gnu::noinline, gnu::cold]] inline __m128d multiply_add_apart(__m128d a, __m128d b, __m128d c) noexcept {
  return _mm_set_pd(__builtin_fma(_mm_cvtsd_f64(_mm_unpackhi_pd(a, a)), _mm_cvtsd_f64(_mm_unpackhi_pd(b, b)),
                                  _mm_cvtsd_f64(_mm_unpackhi_pd(c, c))),
                    __builtin_fma(_mm_cvtsd_f64(a), _mm_cvtsd_f64(b), _mm_cvtsd_f64(c)));
}

/// a × b + c, rounded once. The sign of a zero is not defined.
[[gnu::always_inline]] inline xsimd::batch<double, Arch> multiply_add(
    const xsimd::batch<double, Arch>& a, const xsimd::batch<double, Arch>& b,
    const xsimd::batch<double, Arch>& c) noexcept {
  const __m128d no_overflow = _mm_cmple_pd(magnitude_of(c.data), _mm_set1_pd(0x1p+950));
  const __m128d moderate = _mm_and_pd(_mm_and_pd(is_moderate(a.data), is_moderate(b.data)), no_overflow);
  if (_mm_movemask_pd(moderate) != 3) return multiply_add_apart(a.data, b.data, c.data);
  const TwoDoubles product = two_product(a.data, b.data);
  const TwoDoubles low = two_sum(c.data, product.tail);
  const TwoDoubles high = two_sum(product.value, low.value);
  return _mm_add_pd(high.value, round_to_odd(two_sum(low.tail, high.tail)));
}

}  // namespace
}  // namespace weightsieve::kernel
