// Comparing values of any two dtypes against a plain loop in extended precision.
#include "weightsieve/stats/pair_stats.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

#include "weightsieve/stats/tensor_stats.hpp"
#include "weightsieve/tensor/code_value.hpp"

using namespace weightsieve;

namespace {

using Memory = std::vector<std::byte>;

/// Bytes of random values; every third is one of a few, so that equal ones meet.
Memory random_tensor(Dtype dtype, std::uint64_t elements, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Memory bytes((elements * dtype_info(dtype).bits + 7) / 8);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random());
  const std::size_t width = std::max<std::size_t>(1, dtype_info(dtype).bits / 8);
  for (std::size_t i = 0; i + width <= bytes.size(); i += 3 * width)
    std::memset(bytes.data() + i, static_cast<int>(random() % 3), width);
  return bytes;
}

/// The value exactly: every dtype's fit 64 bits of significand.
long double value_of(Dtype dtype, const Memory& bytes, std::uint64_t i) {
  if (dtype == Dtype::I64) return static_cast<long double>(load<std::int64_t>(bytes.data() + 8 * i));
  if (dtype == Dtype::U64) return static_cast<long double>(load<std::uint64_t>(bytes.data() + 8 * i));
  return static_cast<long double>(value_at(dtype, bytes, i));
}

struct Reference {
  std::uint64_t values = 0, equal = 0, within = 0, finite = 0, equal_finite = 0, index = 0;
  long double greatest = 0, differences = 0, first = 0, second = 0, products = 0, magnitudes = 0;
};

Reference compare_plainly(const PairTask& task, const Memory& a, const Memory& b, std::uint64_t elements) {
  Reference result;
  result.values = elements * values_per_element(task.a);
  for (std::uint64_t i = 0; i < result.values; ++i) {
    const long double x = value_of(task.a, a, i), y = value_of(task.b, b, i);
    const bool equal = x == y || (std::isnan(x) && std::isnan(y));
    const bool finite = std::isfinite(x) && std::isfinite(y);
    const long double difference = std::fabs(x - y);
    result.equal += equal;
    result.within += equal || (finite && static_cast<double>(difference) <= task.tolerance);
    if (!finite) continue;
    ++result.finite;
    result.equal_finite += equal;
    if (difference > result.greatest) {
      result.greatest = difference;
      result.index = i / values_per_element(task.a);
    }
    result.differences += difference * difference;
    result.first += x * x;
    result.second += y * y;
    result.products += x * y;
    result.magnitudes += std::fabs(x * y);
  }
  return result;
}

bool close(const DoubleDouble& found, long double want, long double scale) {
  if (scale > 1e300L) return true;  // a double may not hold it
  return std::fabs(static_cast<long double>(found.value()) - want) <= 1e-13L * scale + 1e-318L;
}

void check(const PairTask& task, const Memory& a, const Memory& b, std::uint64_t elements) {
  const PairTally found = compare_chunk(task, a, b, 0, elements);
  const Reference want = compare_plainly(task, a, b, elements);
  CHECK(found.values == want.values);
  CHECK(found.equal == want.equal);
  CHECK(found.within == want.within);
  CHECK(found.finite == want.finite);
  CHECK(found.equal_finite == want.equal_finite);
  CHECK(static_cast<long double>(found.greatest) ==
        Approx(static_cast<double>(want.greatest)).epsilon(1e-15));
  const bool integers =
      task.a == Dtype::I64 || task.a == Dtype::U64 || task.b == Dtype::I64 || task.b == Dtype::U64;
  if (!integers) CHECK(found.greatest_index == want.index);
  CHECK(close(found.differences, want.differences, want.differences));
  CHECK(close(found.first, want.first, want.first));
  CHECK(close(found.second, want.second, want.second));
  CHECK(close(found.products, want.products, want.magnitudes));
}

}  // namespace

TEST_CASE("values of any two dtypes are compared as the numbers that they are") {
  for (const Dtype a : all_dtypes()) {
    for (const Dtype b : all_dtypes()) {
      if (!is_comparable(a, b)) continue;
      for (const std::uint64_t elements : {0U, 1U, 130U, 4095U, 4097U, 9000U}) {
        if (elements % 2 != 0 && (a == Dtype::F4 || b == Dtype::F4)) continue;
        INFO(dtype_info(a).name << " and " << dtype_info(b).name << ", " << elements << " elements");
        const Memory first = random_tensor(a, elements, elements + 1);
        check({a, b, elements == 130 ? 0.5 : 0}, first, random_tensor(b, elements, elements + 2), elements);
        if (a == b) check({a, b, 0}, first, first, elements);
      }
    }
  }
}

TEST_CASE("dtypes whose values cannot be told or paired are not compared") {
  CHECK_FALSE(is_comparable(Dtype::F6_E2M3, Dtype::F6_E2M3));
  CHECK_FALSE(is_comparable(Dtype::C64, Dtype::F32));
  CHECK(is_comparable(Dtype::C64, Dtype::C64));
  CHECK(is_comparable(Dtype::F32, Dtype::I64));
}

TEST_CASE("64-bit integers that one double stands for differ all the same") {
  const std::int64_t a[] = {(std::int64_t{1} << 53) + 1, INT64_MIN, INT64_MAX};
  const std::int64_t b[] = {std::int64_t{1} << 53, INT64_MIN, INT64_MIN};
  const PairTally tally = compare_chunk({Dtype::I64, Dtype::I64, 1}, std::as_bytes(std::span(a)),
                                        std::as_bytes(std::span(b)), 0, 3);
  CHECK(tally.equal == 1);
  CHECK(tally.identical == 1);
  CHECK(tally.within == 2);
  CHECK(tally.greatest == 0x1p64);
  CHECK(tally.greatest_index == 2);
}

TEST_CASE("identical bits are counted by themselves, of every width") {
  std::mt19937_64 random(5);
  for (const Dtype dtype : all_dtypes()) {
    if (!is_comparable(dtype, dtype) || dtype == Dtype::F4) continue;
    const std::uint64_t elements = 10'000;
    const std::size_t width = dtype_info(dtype).bits / 8 / values_per_element(dtype);
    const Memory a = random_tensor(dtype, elements, 8);
    Memory b = a;
    const std::uint64_t values = elements * values_per_element(dtype);
    std::uint64_t changed = 0;
    for (std::uint64_t i = 0; i < values; i += 1 + random() % 7, ++changed)
      b[i * width] ^= std::byte{1};
    INFO(dtype_info(dtype).name);
    CHECK(compare_chunk({dtype, dtype, 0}, a, b, 0, elements).identical == values - changed);
  }
  const std::byte nibbles[] = {std::byte{0x12}, std::byte{0x34}};
  const std::byte others[] = {std::byte{0x13}, std::byte{0x24}};
  CHECK(compare_chunk({Dtype::F4, Dtype::F4, 0}, nibbles, others, 0, 4).identical == 2);
}

TEST_CASE("every code of half precision becomes its own number") {
  for (const Dtype dtype : {Dtype::F16, Dtype::BF16}) {
    std::vector<std::uint16_t> codes(65'536);
    std::vector<double> values(codes.size());
    for (std::uint32_t code = 0; code < codes.size(); ++code) {
      codes[code] = static_cast<std::uint16_t>(code);
      values[code] = code_value(dtype, code);
    }
    const PairTally tally = compare_chunk({dtype, Dtype::F64, 0}, std::as_bytes(std::span(codes)),
                                          std::as_bytes(std::span(values)), 0, codes.size());
    CHECK(tally.equal == codes.size());
  }
}

TEST_CASE("infinities are equal by sign, NaN among themselves, and neither is within any tolerance") {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float a[] = {inf, inf, nan, nan, 1, 2, -0.0f};
  const float b[] = {inf, -inf, -nan, 1, nan, 2.5f, 0};
  const PairTally tally = compare_chunk({Dtype::F32, Dtype::F32, 1e30}, std::as_bytes(std::span(a)),
                                        std::as_bytes(std::span(b)), 0, 7);
  CHECK(tally.equal == 3);
  CHECK(tally.within == 4);
  CHECK(tally.finite == 2);
  CHECK(tally.equal_finite == 1);
  CHECK(tally.identical == 1);
  CHECK(tally.greatest == 0.5);
  CHECK(tally.greatest_index == 5);
  CHECK(tally.first.value() == 4);
  CHECK(tally.products.value() == 5);
}

TEST_CASE("tallies of chunks join: counts add up, the first of the greatest differences stays") {
  PairTally all = compare_chunk({Dtype::U8, Dtype::U8, 0}, std::as_bytes(std::span("\1\2\3", 3)),
                                std::as_bytes(std::span("\1\2\5", 3)), 0, 3);
  all.merge(compare_chunk({Dtype::U8, Dtype::U8, 0}, std::as_bytes(std::span("\4\6", 2)),
                          std::as_bytes(std::span("\4\4", 2)), 3, 2));
  CHECK(all.values == 5);
  CHECK(all.equal == 3);
  CHECK(all.greatest == 2);
  CHECK(all.greatest_index == 2);
  CHECK(all.differences.value() == 8);
}
