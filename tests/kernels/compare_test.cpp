// Comparing pairs: against plain sums in higher precision, and with the same bits on every instruction set.
#include <catch2/catch.hpp>

#include "kernels/samples.hpp"
#include "weightsieve/tensor/code_value.hpp"

using namespace weightsieve;

namespace {

template <typename T>
std::optional<PairSums> compare(const KernelTable& table, const std::vector<T>& a, const std::vector<T>& b) {
  const samples::Unaligned<T> first(a, 1), second(b, 3);
  PairSums sums{.equal = 123, .greatest = -1, .differences = -1, .first = -1, .second = -1, .products = -1};
  const PairSums before = sums;
  if (table.compare[samples::wide_index<T>()](first.data(), second.data(), a.size(), &sums)) return sums;
  CHECK(samples::same_bits(sums, before));
  return std::nullopt;
}

/// Σ of what `term` makes of each pair, and of its magnitude.
struct ReferenceSum {
  long double value = 0, absolute = 0;

  void add(long double term) {
    value += term;
    absolute += std::fabs(term);
  }
  bool agrees(double found) const {
    constexpr long double underflow = 1e-318L;
    return std::fabs(static_cast<long double>(found) - value) <= 1e-14L * absolute + underflow;
  }
};

template <typename T>
void check_sums(const PairSums& sums, const std::vector<T>& a, const std::vector<T>& b) {
  ReferenceSum differences, first, second, products;
  std::uint64_t equal = 0;
  double greatest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    differences.add(static_cast<long double>(x - y) * (x - y));
    first.add(static_cast<long double>(x) * x);
    second.add(static_cast<long double>(y) * y);
    products.add(static_cast<long double>(x) * y);
    greatest = std::max(greatest, std::fabs(x - y));
    equal += a[i] == b[i];
  }
  CHECK(sums.equal == equal);
  CHECK(sums.greatest == greatest);
  CHECK(differences.agrees(sums.differences));
  CHECK(first.agrees(sums.first));
  CHECK(second.agrees(sums.second));
  CHECK(products.agrees(sums.products));
}

template <typename T>
bool all_finite(const std::vector<T>& values) {
  return std::all_of(values.begin(), values.end(), [](T value) { return std::isfinite(value); });
}

/// `values` with every third replaced by what stands at its place in `others`.
template <typename T>
std::vector<T> partly(std::vector<T> values, const std::vector<T>& others) {
  for (std::size_t i = 0; i < values.size(); i += 3)
    values[i] = others[i];
  return values;
}

}  // namespace

TEMPLATE_TEST_CASE("pairs of finite values are compared, with the same bits everywhere", "", float, double) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 127U, 128U, 129U, 1000U, 4095U, 4096U}) {
    const std::vector<TestType> base = samples::gaussian<TestType>(size, 0, 0.02, size);
    for (const auto& sample : samples::floats<TestType>(size, size + 11)) {
      const std::vector<TestType> other = partly(base, sample.values);
      const auto want = compare(*kernel_table(Isa::scalar), base, other);
      for (const KernelTable* table : samples::tables()) {
        INFO(to_string(table->isa) << ": " << size << " pairs, " << sample.name);
        const auto found = compare(*table, base, other);
        REQUIRE(found.has_value() == want.has_value());
        if (found) CHECK(samples::same_bits(*found, *want));
      }
      INFO(size << " pairs, " << sample.name);
      if (std::is_same_v<TestType, float>) CHECK(want.has_value() == all_finite(other));
      if (want) check_sums(*want, base, other);
    }
  }
}

TEST_CASE("one value that is not finite is enough, in either block and anywhere") {
  const std::vector<float> base = samples::gaussian<float>(4096, 0, 1, 3);
  const float odd[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  for (const KernelTable* table : samples::tables()) {
    for (std::size_t at = 0; at < base.size(); at += 1 + at / 2) {
      std::vector<float> other = base;
      other[at] = odd[at % 2];
      INFO(to_string(table->isa) << ": at " << at);
      CHECK_FALSE(compare(*table, base, other));
      CHECK_FALSE(compare(*table, other, base));
    }
  }
}

TEST_CASE("every half-precision code becomes its own number, wherever it stands") {
  std::vector<std::uint16_t> codes(65'536 + 13);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::uint16_t>(i);
  const samples::Unaligned<std::uint16_t> copy(codes);
  for (const KernelTable* table : samples::tables()) {
    std::vector<float> values(codes.size());
    table->widen_f16(copy.data(), codes.size(), values.data());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const double want = code_value(Dtype::F16, codes[i]);
      const auto found = static_cast<double>(values[i]);
      const bool same = found == want && std::signbit(found) == std::signbit(want);
      wrong += !same && !(std::isnan(found) && std::isnan(want));
    }
    INFO(to_string(table->isa));
    CHECK(wrong == 0);
  }
}

TEST_CASE("squares that a double does not hold are refused, not rounded") {
  for (const KernelTable* table : samples::tables())
    CHECK_FALSE(compare<double>(*table, {1e200, 1}, {1e200, 2}));
}
