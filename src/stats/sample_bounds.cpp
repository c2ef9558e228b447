#include "stats/sample_bounds.hpp"

#include <cmath>

namespace weightsieve {
namespace {

/// −ln of the chance that each bound may fail: half a percent a side.
const double kSureness = std::log(200.0);

/// Relative entropy of a coin of bias a to one of bias b, in nats.
double relative_entropy(double a, double b) {
  const double heads = a > 0 ? a * std::log(a / b) : 0;
  const double tails = a < 1 ? (1 - a) * std::log((1 - a) / (1 - b)) : 0;
  return heads + tails;
}

/// Whether `hits` of `slots` is so far from the expected share p that its tail has less than half a percent:
/// P(tail) ≤ exp(−slots × relative_entropy) for sums of independent or negatively dependent trials.
bool too_far(std::uint64_t hits, std::uint64_t slots, double p) {
  const double share = static_cast<double>(hits) / static_cast<double>(slots);
  return static_cast<double>(slots) * relative_entropy(share, p) > kSureness;
}

/// Largest l such that fewer than l + 1 slots at or below the value would be too few to believe.
std::optional<std::uint64_t> low_index(double p, std::uint64_t slots) {
  std::uint64_t known_far = 0;
  auto near = static_cast<std::uint64_t>(p * static_cast<double>(slots));
  if (near == 0 || !too_far(0, slots, p)) return std::nullopt;
  while (near - known_far > 1) {
    const std::uint64_t middle = known_far + (near - known_far) / 2;
    (too_far(middle, slots, p) ? known_far : near) = middle;
  }
  return known_far;
}

/// Smallest u such that u + 1 slots below the value would be too many to believe.
std::optional<std::uint64_t> high_index(double p, std::uint64_t slots) {
  std::uint64_t known_far = slots;
  auto near = static_cast<std::uint64_t>(std::ceil(p * static_cast<double>(slots)));
  if (near >= slots || !too_far(slots, slots, p)) return std::nullopt;
  while (known_far - near > 1) {
    const std::uint64_t middle = near + (known_far - near) / 2;
    (too_far(middle, slots, p) ? known_far : near) = middle;
  }
  return known_far - 1;
}

}  // namespace

SampleBounds sample_bounds(std::uint64_t floor, std::uint64_t ceil, std::uint64_t values,
                           std::uint64_t slots) noexcept {
  if (slots == 0 || values == 0) return {};
  if (slots >= values) return {floor, ceil};
  const auto n = static_cast<double>(values);
  const double at_or_below = static_cast<double>(floor + 1) / n;
  const double below = static_cast<double>(ceil) / n;
  return {at_or_below < 1 ? low_index(at_or_below, slots) : std::nullopt,
          below > 0 ? high_index(below, slots) : std::optional<std::uint64_t>(0)};
}

}  // namespace weightsieve
