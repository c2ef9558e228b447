// Values to try kernels on: random, special and adversarial, and the tables to try.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "weightsieve/kernels/kernels.hpp"

namespace samples {

using weightsieve::Isa;
using weightsieve::KernelTable;

inline constexpr std::size_t kSizes[] = {0,    1,    2,    15,   16,   17,   127,   128,   129,
                                         1000, 4095, 4096, 4097, 8191, 8192, 12345, 65536, 70001};

inline std::vector<const KernelTable*> tables() {
  std::vector<const KernelTable*> found;
  for (const Isa isa : {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512bw, Isa::neon}) {
    if (const KernelTable* table = weightsieve::kernel_table(isa)) found.push_back(table);
  }
  return found;
}

template <typename T>
constexpr std::size_t wide_index() {
  if constexpr (std::is_same_v<T, float>) return 0;
  if constexpr (std::is_same_v<T, double>) return 1;
  if constexpr (std::is_same_v<T, std::int32_t>) return 2;
  if constexpr (std::is_same_v<T, std::uint32_t>) return 3;
  if constexpr (std::is_same_v<T, std::int64_t>) return 4;
  return 5;
}

/// A copy of `values` that begins `offset` bytes behind an aligned address.
template <typename T>
class Unaligned {
 public:
  explicit Unaligned(const std::vector<T>& values, std::size_t offset = 1)
      : bytes_(values.size() * sizeof(T) + offset), offset_(offset) {
    if (!values.empty()) std::memcpy(bytes_.data() + offset_, values.data(), values.size() * sizeof(T));
  }
  const std::byte* data() const { return bytes_.data() + offset_; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t offset_;
};

template <typename T>
std::vector<T> random_bits(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> values(count);
  for (T& value : values) {
    const std::uint64_t bits = random();
    std::memcpy(&value, &bits, sizeof value);
  }
  return values;
}

template <typename T>
std::vector<T> gaussian(std::size_t count, double mean, double std, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(mean, std);
  std::vector<T> values(count);
  for (T& value : values)
    value = static_cast<T>(normal(random));
  return values;
}

template <typename T>
std::vector<T> constant(std::size_t count, T value) {
  return std::vector<T>(count, value);
}

/// Every kind of value there is, in random order: zeros, subnormals, the largest, infinities, NaN of both
/// signs.
template <typename T>
std::vector<T> special_floats(std::size_t count, std::uint64_t seed) {
  using Limits = std::numeric_limits<T>;
  const T base[] = {T(0),
                    Limits::denorm_min(),
                    Limits::min(),
                    Limits::max(),
                    Limits::infinity(),
                    Limits::quiet_NaN(),
                    T(1),
                    T(0.01),
                    T(0.1),
                    Limits::min() / 2,
                    Limits::epsilon()};
  std::mt19937_64 random(seed);
  std::vector<T> values(count);
  for (T& value : values) {
    value = base[random() % std::size(base)];
    if (random() & 1U) value = std::copysign(value, T(-1));
  }
  return values;
}

/// Magnitudes over many powers of two that cancel nearly all: the sum is tiny beside Σ|x|.
template <typename T>
std::vector<T> cancelling(std::size_t count, int exponents, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(1, 2);
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int exponent = static_cast<int>(random() % static_cast<unsigned>(exponents)) - exponents / 2;
    values[i] = static_cast<T>(std::ldexp(uniform(random), exponent));
    if (i % 2) values[i] = -values[i - 1];
  }
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

/// `values` with one in `period` replaced by a special value.
template <typename T>
std::vector<T> sprinkled(std::vector<T> values, std::size_t period, std::uint64_t seed) {
  const std::vector<T> special = special_floats<T>(values.size(), seed);
  for (std::size_t i = seed % period; i < values.size(); i += period)
    values[i] = special[i];
  return values;
}

template <typename T>
struct Sample {
  std::string name;
  std::vector<T> values;
};

template <typename T>
std::vector<Sample<T>> floats(std::size_t count, std::uint64_t seed) {
  std::vector<T> sorted = gaussian<T>(count, 0, 1, seed);
  std::sort(sorted.begin(), sorted.end());
  std::vector<T> zeros = gaussian<T>(count, 0, 0.02, seed);
  for (std::size_t i = 0; i < count; i += 3)
    zeros[i] = i % 2 ? T(0) : T(-0.0);
  return {{"gaussian", gaussian<T>(count, 0, 0.02, seed)},
          {"large mean", gaussian<T>(count, 1e6, 1, seed)},
          {"layer norm", gaussian<T>(count, 1, 0.05, seed)},
          {"constant", constant<T>(count, T(0.1))},
          {"all zero", constant<T>(count, T(0))},
          {"all negative zero", constant<T>(count, T(-0.0))},
          {"all subnormal", constant<T>(count, std::numeric_limits<T>::denorm_min())},
          {"all infinite", constant<T>(count, std::numeric_limits<T>::infinity())},
          {"all NaN", constant<T>(count, std::numeric_limits<T>::quiet_NaN())},
          {"sorted", sorted},
          {"with zeros", zeros},
          {"cancelling", cancelling<T>(count, 60, seed)},
          {"special", special_floats<T>(count, seed)},
          {"sprinkled", sprinkled<T>(gaussian<T>(count, 0, 1, seed), 997, seed)},
          {"sprinkled off centre", sprinkled<T>(gaussian<T>(count, 7, 1, seed), 97, seed)},
          {"random bits", random_bits<T>(count, seed)}};
}

template <typename T>
std::vector<Sample<T>> integers(std::size_t count, std::uint64_t seed) {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(seed);
  const T base[] = {T(0), T(1), Limits::max(), Limits::min(), static_cast<T>(Limits::max() - 1), T(-1), T(7)};
  std::vector<T> special(count), near(count), ramp(count);
  for (std::size_t i = 0; i < count; ++i) {
    special[i] = base[random() % std::size(base)];
    near[i] = static_cast<T>(Limits::max() - static_cast<T>(random() % 16));
    ramp[i] = static_cast<T>(i);
  }
  return {{"random bits", random_bits<T>(count, seed)},
          {"special", special},
          {"near the maximum", near},
          {"ramp", ramp},
          {"constant", constant<T>(count, Limits::max())},
          {"all zero", constant<T>(count, T(0))}};
}

template <typename T>
std::vector<Sample<T>> of_type(std::size_t count, std::uint64_t seed) {
  if constexpr (std::is_floating_point_v<T>) {
    return floats<T>(count, seed);
  } else {
    return integers<T>(count, seed);
  }
}

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Intervals whose bounds lie on, between and beyond the values of every type.
inline const std::vector<std::pair<double, double>>& intervals() {
  static const std::vector<std::pair<double, double>> all = {{-0.01, 0.01},
                                                             {-0.1, 0.1},
                                                             {-1, 1},
                                                             {0, 0},
                                                             {-0.1, 0},
                                                             {-kInfinity, kInfinity},
                                                             {0.5, 6.5},
                                                             {-1e-45, 1e-45},
                                                             {-1e300, 1e300},
                                                             {1e300, 1e301},
                                                             {-1e301, -1e300},
                                                             {kInfinity, kInfinity},
                                                             {-kInfinity, -kInfinity},
                                                             {-2147483648.0, 2147483647.0},
                                                             {-2147483648.5, 2147483646.5},
                                                             {0, 4294967295.0},
                                                             {0, 4294967296.0},
                                                             {-0x1p63, 0x1p63},
                                                             {-0x1p63, 0x1.fffffffffffffp62},
                                                             {1, 0x1p64},
                                                             {1, 0x1.fffffffffffffp63},
                                                             {-5e-324, 5e-324},
                                                             {2, 1}};
  return all;
}

/// Whether two plain structures without padding are equal to the last bit.
template <typename T>
bool same_bits(const T& a, const T& b) {
  using Bits = std::array<std::byte, sizeof(T)>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

/// One call of a table's summarize() with everything asked for.
struct Result {
  weightsieve::WideSummary summary{};
  std::vector<std::uint64_t> below, above;
  std::vector<std::uint32_t> top16;
};

template <typename T>
Result summarize(const KernelTable& table, const std::byte* data, std::size_t count, bool with_top16 = true,
                 std::size_t interval_count = intervals().size()) {
  std::vector<double> low, high;
  for (std::size_t i = 0; i < interval_count; ++i) {
    low.push_back(intervals()[i % intervals().size()].first);
    high.push_back(intervals()[i % intervals().size()].second);
  }
  Result result;
  result.below.resize(low.size());
  result.above.resize(low.size());
  if (with_top16 && std::is_floating_point_v<T>) result.top16.resize(65536);
  table.summarize[wide_index<T>()](data, count, {low.data(), high.data(), low.size()}, result.below.data(),
                                   result.above.data(), result.top16.empty() ? nullptr : result.top16.data(),
                                   &result.summary);
  return result;
}

template <typename T>
Result summarize(const KernelTable& table, const std::vector<T>& values) {
  const Unaligned<T> copy(values);
  return summarize<T>(table, copy.data(), values.size());
}

}  // namespace samples
