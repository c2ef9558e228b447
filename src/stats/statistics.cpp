#include "weightsieve/stats/statistics.hpp"

#include <array>

namespace weightsieve {
namespace {

constexpr std::array<std::string_view, 3> kMethodNames{"exact", "sketch", "reservoir"};

}  // namespace

ValueCounts& ValueCounts::operator+=(const ValueCounts& other) noexcept {
  zero += other.zero;
  negative_zero += other.negative_zero;
  negative += other.negative;
  positive += other.positive;
  nan += other.nan;
  positive_infinity += other.positive_infinity;
  negative_infinity += other.negative_infinity;
  subnormal += other.subnormal;
  return *this;
}

std::string_view to_string(QuantileMethod method) noexcept {
  return kMethodNames[static_cast<std::size_t>(method)];
}

std::optional<QuantileMethod> quantile_method_from_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kMethodNames.size(); ++i) {
    if (kMethodNames[i] == name) return static_cast<QuantileMethod>(i);
  }
  return std::nullopt;
}

std::optional<Number> Statistics::abs_max() const {
  if (!min || !max) return std::nullopt;
  const Number low = min->value.magnitude();
  const Number high = max->value.magnitude();
  return low > high ? low : high;
}

std::optional<double> Statistics::outside_percent(const IntervalCount& interval) const {
  if (counts.values() == 0) return std::nullopt;
  return 100.0 * static_cast<double>(interval.below + interval.above) / static_cast<double>(counts.values());
}

}  // namespace weightsieve
