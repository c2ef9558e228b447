// The blocks of ggml of 256 elements, field by field. Private to dequantize.cpp.
#pragma once

#include "codec/block_bits.hpp"
#include "codec/small_blocks.hpp"

namespace weightsieve::codec {

/// 16 × (4-bit scale | 4-bit minimum << 4) | 64 bytes of 2-bit numbers | half d | half m
inline void decode_q2_k(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 80);
  const float m = half_at(block, 82);
  std::array<float, 16> scales;
  std::array<float, 16> minima;
  for (std::size_t i = 0; i < 16; ++i) {
    scales[i] = d * static_cast<float>(byte_at(block, i) & 15);
    minima[i] = m * static_cast<float>(byte_at(block, i) >> 4);
  }
  for_each_packed<2, 32, 256>(block + 16, [&](std::size_t i, unsigned q) {
    out[i] = scales[i / 16] * static_cast<float>(static_cast<int>(q)) - minima[i / 16];
  });
}

/// 32 bytes, one bit an element | 64 bytes of 2-bit numbers | 16 6-bit scales | half d
inline void decode_q3_k(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 108);
  const std::byte* const packed = block + 96;
  std::array<float, 16> scales;
  for (std::size_t i = 0; i < 16; ++i) {
    const int low = byte_at(packed, i % 8) >> (i / 8 * 4) & 15;
    const int high = byte_at(packed, 8 + i % 4) >> (i / 4 * 2) & 3;
    scales[i] = d * static_cast<float>((low | high << 4) - 32);
  }
  for_each_packed<2, 32, 256>(block + 32, [&](std::size_t i, unsigned q) {
    const int is_low = (byte_at(block, i % 32) >> (i / 32) & 1) ^ 1;
    out[i] = scales[i / 16] * static_cast<float>(static_cast<int>(q) - (is_low << 2));
  });
}

/// The eight scales and minima of Q4_K and Q5_K: 6 bits each, in 12 bytes behind half d and half m.
struct ScalesAndMinima {
  std::array<float, 8> scales;
  std::array<float, 8> minima;

  explicit ScalesAndMinima(const std::byte* block) noexcept {
    const float d = half_at(block, 0);
    const float m = half_at(block, 2);
    const std::byte* const packed = block + 4;
    for (std::size_t i = 0; i < 4; ++i) {
      const int scale = byte_at(packed, i);
      const int minimum = byte_at(packed, 4 + i);
      const int rest = byte_at(packed, 8 + i);
      scales[i] = d * static_cast<float>(scale & 63);
      minima[i] = m * static_cast<float>(minimum & 63);
      scales[4 + i] = d * static_cast<float>((rest & 15) | (scale >> 2 & 48));
      minima[4 + i] = m * static_cast<float>((rest >> 4) | (minimum >> 2 & 48));
    }
  }
};

/// half d | half m | 12 bytes of scales | 128 bytes of 4-bit numbers
inline void decode_q4_k(const std::byte* block, float* out) noexcept {
  const ScalesAndMinima of(block);
  for_each_packed<4, 32, 256>(block + 16, [&](std::size_t i, unsigned q) {
    out[i] = of.scales[i / 32] * static_cast<float>(static_cast<int>(q)) - of.minima[i / 32];
  });
}

/// half d | half m | 12 bytes of scales | 32 bytes, the fifth bit of each element | 128 bytes of the lower
/// four
inline void decode_q5_k(const std::byte* block, float* out) noexcept {
  const ScalesAndMinima of(block);
  const std::byte* const high = block + 16;
  for_each_packed<4, 32, 256>(block + 48, [&](std::size_t i, unsigned q) {
    const int five = static_cast<int>(q) | (byte_at(high, i % 32) >> (i / 32) & 1) << 4;
    out[i] = of.scales[i / 32] * static_cast<float>(five) - of.minima[i / 32];
  });
}

/// 128 bytes of the lower four bits | 64 bytes of the upper two | 16 signed scales | half d
inline void decode_q6_k(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 208);
  std::array<float, 16> scales;
  for (std::size_t i = 0; i < 16; ++i)
    scales[i] = d * static_cast<float>(signed_at(block, 192 + i));
  std::array<std::uint8_t, 256> high;
  for_each_packed<2, 32, 256>(
      block + 128, [&](std::size_t i, unsigned q) { high[i] = static_cast<std::uint8_t>(q << 4); });
  for_each_packed<4, 64, 256>(block, [&](std::size_t i, unsigned q) {
    out[i] = scales[i / 16] * static_cast<float>(static_cast<int>(q | high[i]) - 32);
  });
}

/// half d | upper two bits of 8 scales | lower four | 128 bytes of 4-bit numbers of one of 16 values
inline void decode_iq4_xs(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  const int high = load<std::uint16_t>(block + 2);
  std::array<float, 8> scales;
  for (std::size_t i = 0; i < 8; ++i) {
    const int low = byte_at(block, 4 + i / 2) >> (i % 2 * 4) & 15;
    scales[i] = d * static_cast<float>((low | (high >> (2 * i) & 3) << 4) - 32);
  }
  for_each_packed<4, 16, 256>(block + 8, [&](std::size_t i, unsigned q) {
    out[i] = scales[i / 32] * static_cast<float>(kIq4Values[q]);
  });
}

/// Of fractions of 256 in `run` bytes: the first `digits` digits to the base of 3, `run` of one digit after
/// the other, each less by one.
inline float* decode_ternary(const std::byte* bytes, std::size_t run, int digits, float d,
                             float* out) noexcept {
  unsigned power = 1;
  for (int digit = 0; digit < digits; ++digit, power *= 3)
    for (std::size_t j = 0; j < run; ++j) {
      const unsigned fraction = byte_at(bytes, j) * power & 255U;
      *out++ = d * static_cast<float>(static_cast<int>(fraction * 3 >> 8) - 1);
    }
  return out;
}

/// 32 and 16 bytes of five elements each | 4 bytes of four | half d
inline void decode_tq1_0(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 52);
  out = decode_ternary(block, 32, 5, d, out);
  out = decode_ternary(block + 32, 16, 5, d, out);
  decode_ternary(block + 48, 4, 4, d, out);
}

/// 64 bytes of 2-bit numbers | half d
inline void decode_tq2_0(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 64);
  for_each_packed<2, 32, 256>(
      block, [=](std::size_t i, unsigned q) { out[i] = d * static_cast<float>(static_cast<int>(q) - 1); });
}

}  // namespace weightsieve::codec
