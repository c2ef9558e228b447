// Chunks of every kind that the codec has to get right, seeded.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace chunks {

using Chunk = std::vector<std::byte>;

template <typename T>
Chunk bytes_of(const std::vector<T>& values) {
  Chunk chunk(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(chunk.data(), values.data(), chunk.size());
  return chunk;
}

inline Chunk random_bytes(std::size_t bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Chunk chunk(bytes);
  for (auto& byte : chunk)
    byte = static_cast<std::byte>(random());
  return chunk;
}

/// Normal values out of the generator's bits, not by the library's distribution: the same everywhere. Scales
/// that are no power of two would leave traces in the lowest bits.
inline std::vector<float> gaussian(std::size_t count, std::uint64_t seed, float scale = 0x1p-6F) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (auto& value : values) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t bits = random();
      for (int part = 0; part < 64; part += 16)
        sum += static_cast<double>((bits >> part) & 0xFFFF) + static_cast<double>(bits >> 40) / 16777216.0;
    }
    value = scale * static_cast<float>((sum / 65536.0 - 6.0));
  }
  return values;
}

/// Rows of 1024 with a scale each, over more than two octaves.
inline std::vector<float> row_mixed(std::size_t count, std::uint64_t seed) {
  auto values = gaussian(count, seed, 1.0F);
  std::mt19937_64 random(seed + 1);
  float scale = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 1024 == 0) scale = 0x1p-8F * std::exp2(static_cast<float>(random() % 1024) / 256.0F);
    values[i] *= scale;
  }
  return values;
}

/// The share `sparsity` of smallest magnitudes becomes +0.
inline void prune(std::vector<float>& values, double sparsity) {
  const auto k = static_cast<std::size_t>(std::nearbyint(sparsity * static_cast<double>(values.size())));
  if (k == 0) return;
  std::vector<float> magnitudes(values.size());
  std::transform(values.begin(), values.end(), magnitudes.begin(), [](float v) { return std::fabs(v); });
  std::nth_element(magnitudes.begin(), magnitudes.begin() + static_cast<std::ptrdiff_t>(k - 1),
                   magnitudes.end());
  const float threshold = magnitudes[k - 1];
  for (auto& value : values)
    if (std::fabs(value) <= threshold) value = 0;
}

/// Of every four the two smallest.
inline void prune_two_of_four(std::vector<float>& values) {
  for (std::size_t i = 0; i + 4 <= values.size(); i += 4) {
    std::size_t order[4] = {i, i + 1, i + 2, i + 3};
    std::sort(order, order + 4,
              [&](std::size_t a, std::size_t b) { return std::fabs(values[a]) < std::fabs(values[b]); });
    values[order[0]] = values[order[1]] = 0;
  }
}

inline std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

/// To a small float with `exponent_bits`, `mantissa_bits` and `bias`, nearest; saturating, without specials.
inline std::uint32_t to_small_float(float value, int mantissa_bits, int bias, int exponent_bits) {
  const std::uint32_t sign = std::signbit(value) ? 1U << (exponent_bits + mantissa_bits) : 0;
  if (value == 0) return sign;
  int exponent = 0;
  std::frexp(value, &exponent);
  exponent = std::max(exponent - 1, 1 - bias);
  const double steps =
      std::nearbyint(std::ldexp(std::fabs(static_cast<double>(value)), mantissa_bits - exponent));
  const auto magnitude =
      static_cast<std::uint32_t>(steps) + (static_cast<std::uint32_t>(exponent + bias - 1) << mantissa_bits);
  const std::uint32_t most = (1U << (exponent_bits + mantissa_bits)) - 2 - (exponent_bits == 5 ? 0x400 : 0);
  return sign | std::min(magnitude, most);
}

inline std::uint16_t to_f16(float value) {
  return static_cast<std::uint16_t>(to_small_float(value, 10, 15, 5));
}
inline std::uint8_t to_e4m3(float value) { return static_cast<std::uint8_t>(to_small_float(value, 3, 7, 4)); }

template <typename T, typename Convert>
Chunk converted(const std::vector<float>& values, Convert convert) {
  std::vector<T> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), convert);
  return bytes_of(out);
}

/// `values` as the dtype's bytes. F8 is scaled up first, as quantisers do.
inline Chunk as_dtype(const std::vector<float>& values, weightsieve::Dtype dtype) {
  using weightsieve::Dtype;
  switch (dtype) {
    case Dtype::BF16:
      return converted<std::uint16_t>(values, to_bf16);
    case Dtype::F16:
      return converted<std::uint16_t>(values, to_f16);
    case Dtype::F8_E4M3:
      return converted<std::uint8_t>(values, [](float v) { return to_e4m3(v * 2048); });
    case Dtype::F64:
      return converted<double>(values, [](float v) { return static_cast<double>(v) / 3; });
    default:
      return bytes_of(values);
  }
}

}  // namespace chunks
