// Tensors of 2^30 and more values: sums and moments against exact integer arithmetic, counts beyond 2^32.
#include <catch2/catch.hpp>

#include <array>

#include "kernels/exact.hpp"
#include "weightsieve/kernels/kernels.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

using namespace weightsieve;

namespace {

constexpr std::uint64_t kUnitChunks = 16;

/// Values offset + k / 2^26, exact in a double (and, with offset 0, in a float), where k is small and skewed.
struct Generator {
  std::uint64_t state = 0x9E3779B97F4A7C15;

  std::int64_t next() noexcept {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<std::int64_t>((state >> 20 & 0x7FF) * (state >> 40 & 0x7FF)) - (1 << 20);
  }
};

__extension__ using Wide = __int128;

struct PowerSums {
  Wide absolute = 0;
  std::array<Wide, 5> of_k{};  ///< Σ k^p

  void add(std::int64_t k) noexcept {
    Wide power = 1;
    for (Wide& sum : of_k) {
      sum += power;
      power *= k;
    }
    absolute += k < 0 ? -k : k;
  }
};

exact::Rational rational(Wide value) {
  const bool negative = value < 0;
  const Wide magnitude = negative ? -value : value;
  exact::Integer integer = static_cast<std::uint64_t>(magnitude >> 64);
  integer = (integer << 64U) + static_cast<std::uint64_t>(magnitude);
  return exact::Rational(negative ? exact::Integer(-integer) : integer);
}

/// m_p / n of k, from exact power sums.
struct Central {
  exact::Rational mean, m2, m3, m4;

  explicit Central(const PowerSums& sums) {
    const exact::Rational n = rational(sums.of_k[0]);
    const exact::Rational s2 = rational(sums.of_k[2]) / n, s3 = rational(sums.of_k[3]) / n,
                          s4 = rational(sums.of_k[4]) / n;
    mean = rational(sums.of_k[1]) / n;
    m2 = s2 - mean * mean;
    m3 = s3 - 3 * mean * s2 + 2 * mean * mean * mean;
    m4 = s4 - 4 * mean * s3 + 6 * mean * mean * s2 - 3 * mean * mean * mean * mean;
  }
};

double relative(double found, double want) { return std::fabs(found - want) / std::fabs(want); }

/// Gives every chunk's bytes by `chunk()`.
template <typename Chunk>
TensorResult measure(Dtype dtype, std::uint64_t elements, Chunk&& chunk) {
  StatsContext context;
  const TensorTask task{dtype, elements, 0, std::nullopt};
  TensorStats stats(context, task);
  for (std::uint64_t first = 0; first < elements;) {
    UnitStats unit(context, task);
    for (std::uint64_t i = 0; i < kUnitChunks && first < elements; ++i, first += kChunkElements)
      unit.add_chunk(chunk(), first);
    stats.merge(std::move(unit));
  }
  return std::move(stats).finish();
}

template <typename T>
void check_sums_and_moments(double offset) {
  constexpr std::uint64_t elements = std::uint64_t{1} << 30;
  Generator generator;
  PowerSums sums;
  std::vector<T> values(kChunkElements);
  const auto fill = [&] {
    for (T& value : values) {
      const std::int64_t k = generator.next();
      sums.add(k);
      value = static_cast<T>(offset + static_cast<double>(k) * 0x1p-26);
    }
    return std::as_bytes(std::span(values));
  };
  const TensorResult result = measure(sizeof(T) == 4 ? Dtype::F32 : Dtype::F64, elements, fill);

  const exact::Rational unit = exact::rational(0x1p-26);
  const exact::Rational n = rational(sums.of_k[0]);
  const exact::Rational sum = rational(sums.of_k[1]) * unit + n * exact::rational(offset);
  const exact::Rational absolute = offset == 0 ? exact::Rational(rational(sums.absolute) * unit) : sum;
  const DoubleDouble found = result.moments.sum;
  const exact::Rational error = abs(exact::rational(found.high) + exact::rational(found.low) - sum);
  CHECK(static_cast<double>(exact::Rational(error / absolute)) <= 1e-15);

  const Central central(sums);
  const double variance = static_cast<double>(exact::Rational(central.m2 * unit * unit));
  const double m3 = static_cast<double>(exact::Rational(central.m3 * unit * unit * unit));
  const double m4 = static_cast<double>(exact::Rational(central.m4 * unit * unit * unit * unit));
  const Statistics& statistics = result.statistics;
  CHECK(relative(*statistics.std, std::sqrt(variance)) <= 1e-13);
  CHECK(relative(*statistics.skewness, m3 / std::pow(variance, 1.5)) <= 1e-12);
  CHECK(relative(*statistics.excess_kurtosis, m4 / variance / variance - 3) <= 1e-11);
  CHECK(*statistics.mean == static_cast<double>(exact::Rational(sum / n)));
}

}  // namespace

TEST_CASE("sums and moments of 2^30 values equal exact integer arithmetic") {
  check_sums_and_moments<float>(0);
  check_sums_and_moments<double>(0x1p20);  // a deviation of 0.01 beside a mean of a million
}

TEST_CASE("counts go on beyond 2^32") {
  constexpr std::uint64_t elements = (std::uint64_t{1} << 32) + 3 * kChunkElements + 5;
  for (const Dtype dtype : {Dtype::I8, Dtype::BF16, Dtype::F32}) {
    const std::vector<std::byte> zeros(kChunkElements * dtype_info(dtype).bits / 8);
    const Statistics statistics = measure(dtype, elements, [&] { return Bytes(zeros); }).statistics;
    INFO(dtype_info(dtype).name);
    CHECK(statistics.counts.zero == elements);
    CHECK(statistics.counts.values() == elements);
    CHECK(statistics.min->index == 0);
    CHECK(statistics.histogram.counts.front() == elements);
    CHECK(statistics.quantiles.values.back().value == 0);
  }
}
