// Sums and moments of wide values against exact integer and rational arithmetic.
#include <catch2/catch.hpp>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "kernels/exact.hpp"
#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

/// |found − exact| as a share of `scale`, where 0 / 0 is 0.
double error(const exact::Rational& found, const exact::Rational& want, const exact::Rational& scale) {
  const exact::Rational difference = abs(found - want);
  if (difference == 0) return 0;
  if (scale == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(exact::Rational(difference / scale));
}

exact::Rational both(double value, double tail) { return exact::rational(value) + exact::rational(tail); }

/// Of every table.
template <typename T>
void check_sums(const std::vector<T>& values) {
  const exact::Sums want = exact::sums(values);
  const exact::Rational unit = exact::unit<T>();
  const exact::Rational sum = exact::Rational(want.sum) * unit;
  const exact::Rational absolute = exact::Rational(want.absolute) * unit;
  const double bound = std::is_integral_v<T> ? 0 : 6.7e-16;
  for (const KernelTable* table : samples::tables()) {
    INFO(to_string(table->isa));
    const WideSummary found = samples::summarize(*table, values).summary;
    if (!std::isfinite(found.absolute + found.absolute_tail)) {
      CHECK(std::is_same_v<T, double>);  // nothing else overflows
      continue;
    }
    CHECK(error(both(found.sum, found.sum_tail), sum, absolute) <= bound);
    CHECK(error(both(found.absolute, found.absolute_tail), absolute, absolute) <= bound);
    CHECK(found.sum == found.sum + found.sum_tail);
  }
}

/// Of every table.
template <typename T>
void check_moments(const std::vector<T>& values) {
  const exact::Moments want = exact::moments(values);
  for (const KernelTable* table : samples::tables()) {
    INFO(to_string(table->isa));
    const WideSummary found = samples::summarize(*table, values).summary;
    CHECK(error(exact::rational(found.m2), want.m2, want.m2) <= 1e-14);
    CHECK(error(exact::rational(found.m4), want.m4, want.m4) <= 1e-12);
    const auto m2 = static_cast<double>(want.m2);
    const double deviation = std::sqrt(m2 / static_cast<double>(found.finite));
    CHECK(error(exact::rational(found.m3), want.m3, exact::rational(m2 * deviation)) <= 1e-12);
    CHECK(error(both(found.mean, found.mean_tail), want.mean, exact::rational(deviation)) <= 1e-12);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums are within their bound of the exact sum for every input", "", float, double,
                   std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  for (const std::size_t size : samples::kSizes) {
    if (size > 10000) continue;
    for (const auto& sample : samples::of_type<TestType>(size, size)) {
      INFO(size << " values, " << sample.name);
      check_sums(sample.values);
    }
  }
}

TEST_CASE("the sum of a whole chunk of cancelling values keeps its bound") {
  check_sums(samples::cancelling<float>(1 << 20, 200, 1));
  check_sums(samples::gaussian<float>(1 << 20, 0, 0.02, 1));
  check_sums(samples::constant<double>(1 << 18, 0.1));
}

TEMPLATE_TEST_CASE("central moments equal exact rational arithmetic", "", float, double) {
  std::vector<TestType> last_places(9000);
  for (std::size_t i = 0; i < last_places.size(); ++i) {
    last_places[i] =
        TestType(1) + static_cast<TestType>(i * i % 5) * std::numeric_limits<TestType>::epsilon();
  }
  std::vector<TestType> steps(20000);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t block = i / 4096;
    steps[i] = static_cast<TestType>(block) - TestType(1.25);
  }
  std::vector<TestType> mostly_infinite = samples::gaussian<TestType>(9000, 3, 1, 9);
  for (std::size_t i = 0; i < mostly_infinite.size(); i += i % 7 ? 1 : 2) {
    mostly_infinite[i] = std::numeric_limits<TestType>::infinity();
  }
  check_moments(samples::gaussian<TestType>(30000, 0, 0.02, 4));
  check_moments(samples::gaussian<TestType>(30001, 1, 0.01, 5));
  check_moments(samples::gaussian<TestType>(10000, 1, 1, 6));
  check_moments(samples::gaussian<TestType>(10000, 1e6, 1, 7));
  check_moments(samples::gaussian<TestType>(5000, -1e7, 2, 8));
  check_moments(mostly_infinite);
  check_moments(last_places);
  check_moments(steps);
}

TEMPLATE_TEST_CASE("moments of integers come from exact distances", "", std::int32_t, std::uint32_t,
                   std::int64_t, std::uint64_t) {
  for (const auto& sample : samples::integers<TestType>(9001, 3)) {
    INFO(sample.name);
    check_moments(sample.values);
  }
}

TEMPLATE_TEST_CASE("equal values have no spread at all", "", float, double, std::int64_t) {
  for (const KernelTable* table : samples::tables()) {
    for (const std::size_t size : {1U, 3U, 100U, 4096U, 4099U, 100000U}) {
      const auto value = static_cast<TestType>(std::is_integral_v<TestType> ? 1234567.0 : 0.1);
      const WideSummary found = samples::summarize(*table, samples::constant<TestType>(size, value)).summary;
      CHECK(found.m2 == 0);
      CHECK(found.m3 == 0);
      CHECK(found.m4 == 0);
      CHECK(found.mean == static_cast<double>(value));
      CHECK(found.mean_tail == 0);
    }
  }
}

TEST_CASE("sums that overflow say so instead of trapping") {
  for (const KernelTable* table : samples::tables()) {
    const auto huge = samples::constant<double>(10000, std::numeric_limits<double>::max());
    const WideSummary found = samples::summarize(*table, huge).summary;
    CHECK(!std::isfinite(found.sum + found.sum_tail));
    CHECK(!std::isfinite(found.absolute + found.absolute_tail));
    CHECK(!std::isfinite(found.m4));
    CHECK(found.positive == 10000);
    CHECK(std::bit_cast<double>(found.max_bits) == std::numeric_limits<double>::max());
  }
}

#if defined(__SSE2__)
namespace {
constexpr unsigned kFlushAll = 0x8040, kRoundUp = 0x4000;
}

TEMPLATE_TEST_CASE("flush-to-zero and rounding modes of the host change no result and stay as they were", "",
                   float, double) {
  const auto values = samples::sprinkled<TestType>(samples::gaussian<TestType>(9000, 0, 1e-39, 1), 5, 2);
  for (const KernelTable* table : samples::tables()) {
    const auto want = samples::summarize(*table, values);
    const unsigned saved = _mm_getcsr();
    _mm_setcsr(saved | kFlushAll | kRoundUp);
    const auto found = samples::summarize(*table, values);
    const unsigned left = _mm_getcsr();
    _mm_setcsr(saved);
    CHECK((left & (kFlushAll | kRoundUp)) == (kFlushAll | kRoundUp));
    CHECK(samples::same_bits(found.summary, want.summary));
    CHECK(found.below == want.below);
    CHECK(found.above == want.above);
  }
}
#endif
