// The blocks of ggml of 32 or 64 elements, field by field. Private to dequantize.cpp.
#pragma once

#include <array>

#include "codec/block_bits.hpp"

namespace weightsieve::codec {

/// IQ4's sixteen values, and twice those of E2M1 (OCP Microscaling Formats 1.0).
inline constexpr std::array<std::int8_t, 16> kIq4Values{-127, -104, -83, -65, -49, -35, -22, -10,
                                                        1,    13,   25,  38,  53,  69,  89,  113};
inline constexpr std::array<std::int8_t, 16> kE2m1Values{0, 1,  2,  3,  4,  6,  8,  12,
                                                         0, -1, -2, -3, -4, -6, -8, -12};

/// half d | 16 bytes of 4-bit numbers
inline void decode_q4_0(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  for_each_packed<4, 16, 32>(block + 2, [=](std::size_t i, unsigned q) {
    out[i] = d * static_cast<float>(static_cast<int>(q) - 8);
  });
}

/// half d | half m | 16 bytes of 4-bit numbers
inline void decode_q4_1(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  const float m = half_at(block, 2);
  for_each_packed<4, 16, 32>(block + 4, [=](std::size_t i, unsigned q) {
    out[i] = d * static_cast<float>(static_cast<int>(q)) + m;
  });
}

/// half d | 32 fifth bits | 16 bytes of the lower four
inline void decode_q5_0(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  const auto high = load<std::uint32_t>(block + 2);
  for_each_packed<4, 16, 32>(block + 6, [=](std::size_t i, unsigned q) {
    const unsigned five = q | (high >> i & 1U) << 4;
    out[i] = d * static_cast<float>(static_cast<int>(five) - 16);
  });
}

/// half d | half m | 32 fifth bits | 16 bytes of the lower four
inline void decode_q5_1(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  const float m = half_at(block, 2);
  const auto high = load<std::uint32_t>(block + 4);
  for_each_packed<4, 16, 32>(block + 8, [=](std::size_t i, unsigned q) {
    const unsigned five = q | (high >> i & 1U) << 4;
    out[i] = d * static_cast<float>(static_cast<int>(five)) + m;
  });
}

/// half d | 32 signed bytes
inline void decode_q8_0(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  for (std::size_t i = 0; i < 32; ++i)
    out[i] = static_cast<float>(signed_at(block, 2 + i)) * d;
}

/// half d | 16 bytes of 4-bit numbers of one of 16 values
inline void decode_iq4_nl(const std::byte* block, float* out) noexcept {
  const float d = half_at(block, 0);
  for_each_packed<4, 16, 32>(
      block + 2, [=](std::size_t i, unsigned q) { out[i] = d * static_cast<float>(kIq4Values[q]); });
}

/// exponent, of half the scale | 16 bytes of E2M1 numbers
inline void decode_mxfp4(const std::byte* block, float* out) noexcept {
  const std::uint32_t e = byte_at(block, 0);
  const float d = std::bit_cast<float>(e < 2 ? 0x0020'0000U << e : (e - 1) << 23);
  for_each_packed<4, 16, 32>(
      block + 1, [=](std::size_t i, unsigned q) { out[i] = d * static_cast<float>(kE2m1Values[q]); });
}

/// Half of an unsigned E4M3 number, by its bits: the highest says nothing, and all seven others are zero too.
inline float half_of_ue4m3(std::uint32_t bits) noexcept {
  const std::uint32_t exponent = bits >> 3 & 15;
  const std::uint32_t mantissa = bits & 7;
  if (bits == 0x7F) return 0;
  if (exponent == 0) return static_cast<float>(static_cast<int>(mantissa)) * 0x1p-10F;
  // E4M3's bias is 7, F32's 127, and a half of it is one less.
  return std::bit_cast<float>((exponent - 7 + 126) << 23 | mantissa << 20);
}

/// 4 unsigned E4M3 scales, of 16 elements each | 32 bytes of E2M1 numbers
inline void decode_nvfp4(const std::byte* block, float* out) noexcept {
  std::array<float, 4> scales;
  for (std::size_t i = 0; i < 4; ++i)
    scales[i] = half_of_ue4m3(byte_at(block, i));
  for_each_packed<4, 8, 64>(block + 4, [&](std::size_t i, unsigned q) {
    out[i] = scales[i / 16] * static_cast<float>(kE2m1Values[q]);
  });
}

}  // namespace weightsieve::codec
