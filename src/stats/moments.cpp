#include "weightsieve/stats/moments.hpp"

#include <cmath>

#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve {

void DoubleDouble::add(double value) noexcept {
  const double sum = high + value;
  const double moved = sum - high;
  const double error = (high - (sum - moved)) + (value - moved);
  if (!std::isfinite(sum)) {
    high = sum;
    low = 0;
    return;
  }
  const double tail = low + error;
  high = sum + tail;
  low = tail - (high - sum);
}

void DoubleDouble::add_product(double a, double b) noexcept {
  const double product = a * b;
  add(product);
  if (std::isfinite(product)) add(std::fma(a, b, -product));
}

DoubleDouble Moments::mean() const noexcept {
  const auto n = static_cast<double>(count);
  DoubleDouble mean{sum.high / n, 0};
  if (std::isfinite(mean.high)) mean.add((std::fma(-mean.high, n, sum.high) + sum.low) / n);
  return mean;
}

void Moments::merge(const Moments& other) noexcept {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  const auto na = static_cast<double>(count);
  const auto nb = static_cast<double>(other.count);
  const double n = na + nb;
  const double delta = (other.centre.high - centre.high) + (other.centre.low - centre.low);
  const double m2a = m2.value(), m2b = other.m2.value();
  const double m3a = m3.value(), m3b = other.m3.value();
  const double weight = na * (nb / n);
  const double delta2 = delta * delta;

  m4.add(other.m4.high);
  m4.add(other.m4.low);
  m4.add(delta2 * delta2 * weight * ((na * (na - nb) / n + nb * (nb / n)) / n));
  m4.add(6 * delta2 * ((na / n) * (na / n) * m2b + (nb / n) * (nb / n) * m2a));
  m4.add(4 * delta * ((na / n) * m3b - (nb / n) * m3a));

  m3.add(other.m3.high);
  m3.add(other.m3.low);
  m3.add(delta * delta2 * weight * ((na - nb) / n));
  m3.add(3 * delta * ((na / n) * m2b - (nb / n) * m2a));

  m2.add(other.m2.high);
  m2.add(other.m2.low);
  m2.add(delta2 * weight);

  centre.add(delta * (nb / n));
  sum.add(other.sum.high);
  sum.add(other.sum.low);
  absolute.add(other.absolute.high);
  absolute.add(other.absolute.low);
  count += other.count;
}

Moments moments_of(const WideSummary& chunk) noexcept {
  Moments moments;
  moments.count = chunk.finite;
  if (chunk.finite == 0) return moments;
  moments.sum = {chunk.sum, chunk.sum_tail};
  moments.absolute = {chunk.absolute, chunk.absolute_tail};
  moments.m2 = {chunk.m2, 0};
  moments.m3 = {chunk.m3, 0};
  moments.m4 = {chunk.m4, 0};
  moments.centre = {chunk.mean, chunk.mean_tail};
  return moments;
}

Moments moments_of(std::span<const WeightedValue> values) noexcept {
  Moments moments;
  for (const auto& [value, count] : values) {
    moments.count += count;
    moments.sum.add_product(value, static_cast<double>(count));
    moments.absolute.add_product(std::fabs(value), static_cast<double>(count));
  }
  if (moments.count == 0) return moments;
  const DoubleDouble mean = moments.mean();
  moments.centre = mean;
  for (const auto& [value, count] : values) {
    const double deviation = (value - mean.high) - mean.low;
    const double square = deviation * deviation;
    const auto weight = static_cast<double>(count);
    moments.m2.add_product(square, weight);
    moments.m3.add_product(square * deviation, weight);
    moments.m4.add_product(square * square, weight);
  }
  return moments;
}

}  // namespace weightsieve
