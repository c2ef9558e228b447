// A small model with everything that reports show: repeated blocks, buffers, tied and skipped tensors,
// findings.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "profile/sample_tensors.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The statistics of `values`, counted one by one: slow, plain, and sharing no code with the library.
class PlainStatistics {
 public:
  PlainStatistics(std::vector<double> values, const StatsOptions& options)
      : values_(std::move(values)), options_(&options) {
    for (const double value : values_) {
      if (std::isfinite(value)) finite_.push_back(value);
    }
  }

  Statistics all() const {
    Statistics s;
    count(s.counts);
    for (const auto& [low, high] : options_->intervals)
      s.intervals.push_back(interval(low, high));
    if (finite_.empty()) return s;
    const auto [low, high] = std::minmax_element(finite_.begin(), finite_.end());
    s.min = Extreme{Number(*low), static_cast<std::uint64_t>(low - finite_.begin()), {}};
    s.max = Extreme{Number(*high), static_cast<std::uint64_t>(high - finite_.begin()), {}};
    moments(s);
    std::vector<double> magnitudes = finite_;
    for (double& value : magnitudes)
      value = std::fabs(value);
    s.quantiles.values = quantiles(finite_);
    s.magnitude_quantiles.values = quantiles(magnitudes);
    s.magnitude_histogram = magnitude_histogram(magnitudes);
    s.histogram = histogram(*low, *high);
    return s;
  }

 private:
  void count(ValueCounts& counts) const {
    for (const double value : values_) {
      counts.zero += value == 0;
      counts.negative += value < 0;
      counts.positive += value > 0;
      counts.nan += std::isnan(value);
      counts.positive_infinity += value == kInfinity;
      counts.negative_infinity += value == -kInfinity;
    }
  }

  IntervalCount interval(double low, double high) const {
    IntervalCount found{low, high, 0, 0};
    for (const double value : values_) {
      found.below += value < low;
      found.above += value > high;
    }
    return found;
  }

  void moments(Statistics& s) const {
    const auto n = static_cast<double>(finite_.size());
    double sum = 0, squares = 0, l1 = 0;
    for (const double value : finite_) {
      sum += value;
      squares += value * value;
      l1 += std::fabs(value);
    }
    s.mean = sum / n;
    s.std = std::sqrt(std::max(0.0, squares / n - *s.mean * *s.mean));
    s.l1 = l1;
    s.l2 = std::sqrt(squares);
    s.rms = std::sqrt(squares / n);
    if (*s.std > 0) shape(s, n);
  }

  void shape(Statistics& s, double n) const {
    double cubes = 0, fourths = 0;
    for (const double value : finite_) {
      const double deviation = (value - *s.mean) / *s.std;
      cubes += deviation * deviation * deviation;
      fourths += deviation * deviation * deviation * deviation;
    }
    s.skewness = cubes / n;
    s.excess_kurtosis = fourths / n - 3;
  }

  std::vector<Quantile> quantiles(std::vector<double> sorted) const {
    std::sort(sorted.begin(), sorted.end());
    std::vector<Quantile> found;
    for (const double q : options_->quantiles) {
      const double at = q * static_cast<double>(sorted.size() - 1);
      const auto below = static_cast<std::size_t>(at);
      const std::size_t above = std::min(below + 1, sorted.size() - 1);
      const double value = sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
      found.push_back({q, value, value, value});
    }
    return found;
  }

  Histogram histogram(double low, double high) const {
    constexpr std::size_t bins = 20;
    Histogram counted{.exact = true, .low = low, .high = high, .below = 0, .above = 0, .counts = {}};
    counted.counts.resize(bins);
    for (const double value : finite_) {
      const double share = low < high ? (value - low) / (high - low) : 0;
      ++counted.counts[std::min(static_cast<std::size_t>(share * bins), bins - 1)];
    }
    return counted;
  }

  static MagnitudeHistogram magnitude_histogram(const std::vector<double>& magnitudes) {
    std::vector<int> exponents;
    for (const double value : magnitudes) {
      if (value != 0) exponents.push_back(std::ilogb(value));
    }
    if (exponents.empty()) return {};
    const auto [low, high] = std::minmax_element(exponents.begin(), exponents.end());
    MagnitudeHistogram found{true, *low,
                             std::vector<std::uint64_t>(static_cast<std::size_t>(*high - *low + 1))};
    for (const int exponent : exponents)
      ++found.counts[static_cast<std::size_t>(exponent - *low)];
    return found;
  }

  std::vector<double> values_;
  std::vector<double> finite_;
  const StatsOptions* options_;
};

/// Values that look like weights and are the same everywhere: no library function takes part in them.
class WeightSource {
 public:
  double operator()(double scale) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const auto draw = static_cast<double>(state_ >> 40) / 16'777'216.0 - 0.5;
    return scale * draw * draw * draw * 64;
  }

 private:
  std::uint64_t state_ = 1;
};

class TinyModel {
 public:
  TinyModel() {
    profile_.name = "tiny";
    profile_.format = "safetensors";
    profile_.files = {{"tiny.safetensors", 11'264}};
    profile_.options.emplace();
    add("wte.weight", {50, 8}, 0.1);
    for (int layer = 0; layer < 12; ++layer) {
      const std::string block = "h." + std::to_string(layer) + ".";
      add(block + "ln_1.weight", {8}, 0.01, 1);
      add(block + "attn.c_attn.weight", {8, 24}, 0.02 + 0.004 * layer);
      add(block + "attn.c_attn.bias", {24}, layer % 4 == 3 ? 0 : 0.01);
      add(block + "mlp.c_fc.weight", {8, 32}, 0.03);
      add_buffer(block + "attn.position_ids", {1, 16});
    }
    add("ln_f.weight", {1, 8, 1}, 0, 1);
    add("scale", {1}, 0.5);
    add("conv.weight", {4, 2, 3, 3}, 0.3);
    values_of("wte.weight")[7] = NAN;
    values_of("wte.weight")[9] = -kInfinity;
    profile_.tied = {{"wte.weight", "lm_head.weight"}};
    profile_.problems = {
        {"ST-ALIGN", "tiny.safetensors", 8, "the header is 13 bytes long, not a multiple of 8"}};
    profile_.skipped = {{"h.0.packed", "6-bit types cannot be read"},
                        {"h.1.packed", "6-bit types cannot be read"}};
  }

  CheckpointProfile profile() {
    const StatsOptions& options = profile_.options->stats;
    std::vector<double> parameters;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      TensorProfile& tensor = profile_.tensors[i];
      tensor.statistics = std::make_unique<Statistics>(PlainStatistics(values_[i], options).all());
      if (tensor.info.role == Role::buffer) continue;
      parameters.insert(parameters.end(), values_[i].begin(), values_[i].end());
    }
    profile_.totals = count_totals(profile_.tensors, profile_.tied);
    Statistics totals = PlainStatistics(parameters, options).all();
    totals.min->tensor = "conv.weight";
    totals.min->index = 3;
    totals.max->tensor = "scale";
    totals.max->index = 0;
    profile_.totals.statistics = std::make_unique<Statistics>(std::move(totals));
    profile_.findings = find_findings(profile_);
    return std::move(profile_);
  }

  CheckpointProfile inventory() {
    profile_.options.reset();
    profile_.totals = count_totals(profile_.tensors, profile_.tied);
    return std::move(profile_);
  }

  StatsOptions& options() { return profile_.options->stats; }

 private:
  void add(const std::string& name, const Shape& shape, double scale, double center = 0) {
    TensorProfile tensor = listed(name, shape);
    std::vector<double> values(tensor.info.elements);
    for (double& value : values)
      value = static_cast<float>(center + source_(scale));
    values_.push_back(std::move(values));
    profile_.tensors.push_back(std::move(tensor));
  }

  void add_buffer(const std::string& name, const Shape& shape) {
    TensorProfile tensor = listed(name, shape, Dtype::I64);
    std::vector<double> values(tensor.info.elements);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<double>(i);
    values_.push_back(std::move(values));
    profile_.tensors.push_back(std::move(tensor));
  }

  std::vector<double>& values_of(const std::string& name) {
    const auto at = std::find_if(profile_.tensors.begin(), profile_.tensors.end(),
                                 [&name](const TensorProfile& tensor) { return tensor.info.name == name; });
    return values_.at(static_cast<std::size_t>(at - profile_.tensors.begin()));
  }

  WeightSource source_;
  CheckpointProfile profile_;
  std::vector<std::vector<double>> values_;
};

}  // namespace weightsieve
