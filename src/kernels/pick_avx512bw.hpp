// KernelTable::pick of f32, 32 values a step. Included by isa_avx512bw.cpp alone, behind its shim.
//
// The question for each value is a look-up in 65,536 bits. Two registers hold 1024 of them, and one
// instruction looks 32 words up there: enough for the eight greatest powers of two of each sign. Smaller
// values are few (2 % of normal ones), so all of them are picked. 5 cycles for 16 values, where plain code
// takes 16: it stores every value, and one store a cycle is all there is.
#pragma once

namespace weightsieve::kernel {
namespace {

inline constexpr std::size_t kWindow = 1024;

/// Bits of the codes from `first` on, in words of 16.
class CodeBits {
 public:
  explicit CodeBits(const std::uint8_t* wanted) noexcept {
    std::uint64_t bits[kWindow / 64];
    for (std::size_t i = 0; i < kWindow / 64; ++i) {
      const __m512i bytes = _mm512_loadu_si512(wanted + 64 * i);
      bits[i] = _mm512_test_epi8_mask(bytes, bytes);
    }
    low_ = _mm512_loadu_si512(bits);
    high_ = _mm512_loadu_si512(bits + 8);
  }

  /// The words of index 0 to 63.
  __m512i words(__m512i index) const noexcept { return _mm512_permutex2var_epi16(low_, index, high_); }

 private:
  __m512i low_, high_;
};

[[gnu::always_inline]] inline std::byte* append(std::byte* out, __m512i values, __mmask16 wanted) noexcept {
  _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(wanted, values));
  return out + 4 * static_cast<std::size_t>(__builtin_popcount(wanted));
}

inline std::size_t pick_floats(const std::byte* data, std::size_t values, const std::uint8_t* wanted,
                               std::uint16_t window, std::byte* out) noexcept {
  const std::size_t first = window < 0x8000 - kWindow ? window : 0x8000 - kWindow;
  const CodeBits positive(wanted + first), negative(wanted + 0x8000 + first);
  alignas(64) std::uint16_t upper[32];
  for (std::uint16_t i = 0; i < 32; ++i)
    upper[i] = static_cast<std::uint16_t>(2 * i + 1);
  const __m512i upper_halves = _mm512_load_si512(upper);
  const __m512i magnitude = _mm512_set1_epi16(0x7FFF);
  const __m512i begin = _mm512_set1_epi16(static_cast<short>(first));
  const __m512i size = _mm512_set1_epi16(kWindow);
  const __m512i one = _mm512_set1_epi16(1);
  const __m512i fifteen = _mm512_set1_epi16(15);

  std::byte* end = out;
  std::size_t i = 0;
  for (; i + 32 <= values; i += 32) {
    __builtin_prefetch(data + 4 * i + kPrefetchBytes, 0, 2);
    __builtin_prefetch(data + 4 * i + kPrefetchBytes + 64, 0, 2);
    const __m512i a = _mm512_loadu_si512(data + 4 * i);
    const __m512i b = _mm512_loadu_si512(data + 4 * i + 64);
    const __m512i codes = _mm512_permutex2var_epi16(a, upper_halves, b);
    const __m512i place = _mm512_sub_epi16(_mm512_and_si512(codes, magnitude), begin);
    const __m512i word = _mm512_srli_epi16(place, 4);
    const __m512i bits =
        _mm512_mask_blend_epi16(_mm512_movepi16_mask(codes), positive.words(word), negative.words(word));
    const __m512i shifted = _mm512_srlv_epi16(bits, _mm512_and_si512(place, fifteen));
    const std::uint32_t picked = _mm512_test_epi16_mask(shifted, one) | _mm512_cmpge_epu16_mask(place, size);
    end = append(end, a, static_cast<__mmask16>(picked));
    end = append(end, b, static_cast<__mmask16>(picked >> 16));
  }
  const auto count = static_cast<std::size_t>(end - out) / 4;
  return count + scalar::pick<float>(data + 4 * i, values - i, wanted, window, end);
}

}  // namespace
}  // namespace weightsieve::kernel
