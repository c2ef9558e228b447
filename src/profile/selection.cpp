#include "weightsieve/profile/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weightsieve/base/error.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

/// Where each of `wanted` stands in what was recorded; `describe` names one that does not.
template <class T, class Describe>
std::vector<std::size_t> positions(const std::vector<T>& recorded, const std::vector<T>& wanted,
                                   Describe describe) {
  std::vector<std::size_t> found;
  for (const T& one : wanted) {
    const auto at = std::ranges::find(recorded, one);
    if (at == recorded.end()) {
      throw Error(
          ErrorCode::usage,
          fmt::format("the profile does not hold {}; make it again from the checkpoint", describe(one)));
    }
    found.push_back(static_cast<std::size_t>(at - recorded.begin()));
  }
  return found;
}

template <class T>
void keep(std::vector<T>& values, const std::vector<std::size_t>& chosen) {
  if (values.empty()) return;
  std::vector<T> kept;
  kept.reserve(chosen.size());
  for (const std::size_t at : chosen)
    kept.push_back(values[at]);
  values = std::move(kept);
}

template <class Change>
void change_statistics(CheckpointProfile& profile, Change change) {
  for (TensorProfile& tensor : profile.tensors) {
    if (tensor.statistics) change(*tensor.statistics);
    for (Statistics& scales : tensor.scales)
      change(scales);
  }
  if (profile.totals.statistics) change(*profile.totals.statistics);
}

StatsOptions& recorded_options(CheckpointProfile& profile) {
  if (profile.options) return profile.options->stats;
  throw Error(ErrorCode::usage, "an inventory holds no statistics; make a profile of the checkpoint");
}

}  // namespace

void select_intervals(CheckpointProfile& profile, const std::vector<std::pair<double, double>>& intervals) {
  StatsOptions& options = recorded_options(profile);
  const auto describe = [](const std::pair<double, double>& interval) {
    return fmt::format("the interval {}:{}", shortest(interval.first), shortest(interval.second));
  };
  const auto chosen = positions(options.intervals, intervals, describe);
  change_statistics(profile, [&chosen](Statistics& statistics) { keep(statistics.intervals, chosen); });
  options.intervals = intervals;
}

void select_quantiles(CheckpointProfile& profile, const std::vector<double>& quantiles) {
  StatsOptions& options = recorded_options(profile);
  const auto describe = [](double q) { return "the quantile " + shortest(q); };
  const auto chosen = positions(options.quantiles, quantiles, describe);
  change_statistics(profile, [&chosen](Statistics& statistics) {
    keep(statistics.quantiles.values, chosen);
    keep(statistics.magnitude_quantiles.values, chosen);
  });
  options.quantiles = quantiles;
}

}  // namespace weightsieve
