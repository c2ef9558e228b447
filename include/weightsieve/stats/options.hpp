// What is asked of the statistics. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace weightsieve {

/// How quantiles of dtypes wider than 16 bits are found; narrower ones are always exact.
enum class QuantileChoice : std::uint8_t {
  automatic,  ///< F32, F64: sketch in one pass; wider integers: reservoir
  reservoir,  ///< a sample alone: the fastest
  exact       ///< further passes where needed
};

struct StatsOptions {
  std::vector<std::pair<double, double>> intervals{{-0.01, 0.01}, {-0.1, 0.1}, {-1, 1}};
  std::vector<double> quantiles{0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1};
  QuantileChoice quantile_method = QuantileChoice::automatic;
  std::uint64_t sample = 65'536;
  std::uint64_t seed = 0;
  std::uint64_t bins = 200;
  std::optional<std::pair<double, double>> range;  ///< of the histogram; from min to max when empty
};

}  // namespace weightsieve
