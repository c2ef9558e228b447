// Runs of ascending values that share a key, found without looking at every value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace weightsieve {

/// Calls visit(key, count) for each run of values with the same key, in order. Requires values in an order in
/// which equal keys stand together. O(runs × log of their length): doubling steps (Bentley, Yao, "An almost
/// optimal algorithm for unbounded searching", 1976), then halving ones.
template <class Key, class Visit>
void for_each_run(std::span<const double> values, Key key, Visit visit) {
  for (std::size_t first = 0; first < values.size();) {
    const auto of_run = key(values[first]);
    const auto belongs = [&](double value) { return key(value) == of_run; };
    std::size_t known = first;
    std::size_t step = 1;
    while (known + step < values.size() && belongs(values[known + step])) {
      known += step;
      step *= 2;
    }
    const auto unknown = values.subspan(known + 1, std::min(known + step, values.size()) - (known + 1));
    const auto inside = std::ranges::partition_point(unknown, belongs) - unknown.begin();
    const std::size_t end = known + 1 + static_cast<std::size_t>(inside);
    visit(of_run, end - first);
    first = end;
  }
}

}  // namespace weightsieve
