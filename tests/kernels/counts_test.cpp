// Counts, extremes, intervals and top-16 counts of wide values against plain loops over long double, which
// holds every value of every type exactly.
#include <catch2/catch.hpp>

#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

struct Reference {
  WideSummary counts{};
  long double min = 0, max = 0;
  std::vector<std::uint64_t> below, above;
};

template <typename T>
void count_one(T value, std::size_t index, Reference& reference) {
  WideSummary& counts = reference.counts;
  const auto x = static_cast<long double>(value);
  if (std::isnan(x)) {
    ++counts.nan;
    return;
  }
  if (x == 0) ++counts.zero;
  if (x == 0 && std::signbit(x)) ++counts.negative_zero;
  if (x < 0) ++counts.negative;
  if (x > 0) ++counts.positive;
  if (std::isinf(x)) {
    ++(x > 0 ? counts.positive_infinity : counts.negative_infinity);
    return;
  }
  if (std::fpclassify(value) == FP_SUBNORMAL) ++counts.subnormal;
  if (counts.finite == 0 || x < reference.min) reference.min = x, counts.argmin = index;
  if (counts.finite == 0 || x > reference.max) reference.max = x, counts.argmax = index;
  ++counts.finite;
}

template <typename T>
Reference count_all(const std::vector<T>& values) {
  Reference reference;
  for (std::size_t i = 0; i < values.size(); ++i)
    count_one(values[i], i, reference);
  for (const auto& [low, high] : samples::intervals()) {
    std::uint64_t below = 0, above = 0;
    for (const T value : values) {
      below += static_cast<long double>(value) < static_cast<long double>(low);
      above += static_cast<long double>(value) > static_cast<long double>(high);
    }
    reference.below.push_back(below);
    reference.above.push_back(above);
  }
  return reference;
}

template <typename T>
long double stored_extreme(std::uint64_t bits) {
  if constexpr (std::is_floating_point_v<T>) return std::bit_cast<double>(bits);
  if constexpr (std::is_signed_v<T>) return static_cast<long double>(static_cast<std::int64_t>(bits));
  return static_cast<long double>(bits);
}

template <typename T>
void check_against(const Reference& reference, const KernelTable& table, const std::vector<T>& values) {
  const samples::Result result = samples::summarize(table, values);
  const WideSummary& found = result.summary;
  const WideSummary& want = reference.counts;
  CHECK(found.zero == want.zero);
  CHECK(found.negative_zero == want.negative_zero);
  CHECK(found.negative == want.negative);
  CHECK(found.positive == want.positive);
  CHECK(found.nan == want.nan);
  CHECK(found.positive_infinity == want.positive_infinity);
  CHECK(found.negative_infinity == want.negative_infinity);
  CHECK(found.subnormal == want.subnormal);
  CHECK(found.finite == want.finite);
  if (want.finite > 0) {
    CHECK(stored_extreme<T>(found.min_bits) == reference.min);
    CHECK(stored_extreme<T>(found.max_bits) == reference.max);
    CHECK(found.argmin == want.argmin);
    CHECK(found.argmax == want.argmax);
  }
  CHECK(result.below == reference.below);
  CHECK(result.above == reference.above);
}

template <typename T>
std::vector<std::uint32_t> top16_reference(const std::vector<T>& values) {
  std::vector<std::uint32_t> counts(65536);
  for (const T& value : values) {
    std::uint16_t top = 0;
    std::memcpy(&top, reinterpret_cast<const char*>(&value) + sizeof(T) - 2, 2);
    ++counts[top];
  }
  return counts;
}

}  // namespace

TEMPLATE_TEST_CASE("counts, extremes and intervals equal a plain loop over exact values", "", float, double,
                   std::int32_t, std::uint32_t, std::int64_t, std::uint64_t) {
  for (const std::size_t size : samples::kSizes) {
    if (size > 20000) continue;
    for (const auto& sample : samples::of_type<TestType>(size, size + 1)) {
      const Reference reference = count_all(sample.values);
      for (const KernelTable* table : samples::tables()) {
        INFO(to_string(table->isa) << ": " << size << " values, " << sample.name);
        check_against(reference, *table, sample.values);
      }
    }
  }
}

TEMPLATE_TEST_CASE("top-16 counts hold every value, finite or not", "", float, double) {
  for (const std::size_t size : samples::kSizes) {
    for (const auto& sample : samples::floats<TestType>(size, size + 2)) {
      const std::vector<std::uint32_t> want = top16_reference(sample.values);
      for (const KernelTable* table : samples::tables()) {
        INFO(to_string(table->isa) << ": " << size << " values, " << sample.name);
        CHECK(samples::summarize(*table, sample.values).top16 == want);
      }
    }
  }
}

TEMPLATE_TEST_CASE("a bound decides as the real number it is, one unit in the last place apart", "", float,
                   double) {
  const double low = -0.1;
  const double high = 0.1;
  std::vector<TestType> values;
  for (const double bound : {low, high}) {
    const auto nearest = static_cast<TestType>(bound);
    values.push_back(nearest);
    values.push_back(std::nextafter(nearest, TestType(-1)));
    values.push_back(std::nextafter(nearest, TestType(1)));
  }
  std::uint64_t want_below = 0, want_above = 0;
  for (const TestType value : values) {
    want_below += static_cast<double>(value) < low;
    want_above += static_cast<double>(value) > high;
  }
  for (const KernelTable* table : samples::tables()) {
    std::uint64_t below = 5, above = 7;  // counts are added to
    WideSummary summary;
    table->summarize[samples::wide_index<TestType>()](reinterpret_cast<const std::byte*>(values.data()),
                                                      values.size(), {&low, &high, 1}, &below, &above,
                                                      nullptr, &summary);
    CHECK(below == 5 + want_below);
    CHECK(above == 7 + want_above);
  }
}

TEMPLATE_TEST_CASE("of zeros of both signs the first is the extreme", "", float, double) {
  for (const KernelTable* table : samples::tables()) {
    std::vector<TestType> values(5000, TestType(0));
    values[0] = TestType(-0.0);
    const WideSummary first_negative = samples::summarize(*table, values).summary;
    CHECK(first_negative.argmin == 0);
    CHECK(first_negative.argmax == 0);
    CHECK(std::signbit(std::bit_cast<double>(first_negative.max_bits)));
    values[0] = TestType(0);
    values[1] = TestType(-0.0);
    const WideSummary first_positive = samples::summarize(*table, values).summary;
    CHECK(first_positive.argmin == 0);
    CHECK(!std::signbit(std::bit_cast<double>(first_positive.min_bits)));
  }
}

TEMPLATE_TEST_CASE("many intervals are counted like few", "", float, double, std::int32_t) {
  const std::vector<TestType> values = samples::of_type<TestType>(10000, 3).front().values;
  const samples::Unaligned<TestType> copy(values);
  const std::size_t few = samples::intervals().size();
  for (const KernelTable* table : samples::tables()) {
    const auto once = samples::summarize<TestType>(*table, copy.data(), values.size());
    const auto many = samples::summarize<TestType>(*table, copy.data(), values.size(), false, 10 * few + 3);
    for (std::size_t i = 0; i < many.below.size(); ++i) {
      CHECK(many.below[i] == once.below[i % few]);
      CHECK(many.above[i] == once.above[i % few]);
    }
  }
}

TEMPLATE_TEST_CASE("widening gives the nearest double", "", float, double, std::int32_t, std::uint32_t,
                   std::int64_t, std::uint64_t) {
  for (const KernelTable* table : samples::tables()) {
    for (const std::size_t size : samples::kSizes) {
      for (const auto& sample : samples::of_type<TestType>(size, size)) {
        const samples::Unaligned<TestType> copy(sample.values);
        std::vector<double> out(size);
        table->widen[samples::wide_index<TestType>()](copy.data(), size, out.data());
        for (std::size_t i = 0; i < size; ++i) {
          const auto want = static_cast<double>(sample.values[i]);
          if (std::isnan(want) ? !std::isnan(out[i]) : out[i] != want) FAIL(sample.name << " at " << i);
        }
      }
    }
  }
}
