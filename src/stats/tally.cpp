#include <bit>

#include "stats/wide_type.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

Number number_of_bits(WideType type, std::uint64_t bits) noexcept {
  switch (type) {
    case WideType::f32:
    case WideType::f64:
      return Number(std::bit_cast<double>(bits));
    case WideType::i32:
    case WideType::i64:
      return Number(static_cast<std::int64_t>(bits));
    case WideType::u32:
    case WideType::u64:
      break;
  }
  return Number(bits);
}

Tally::Tally(const StatsOptions& options) {
  for (const auto& [low, high] : options.intervals)
    intervals.push_back({low, high, 0, 0});
}

void Tally::merge(const Tally& later) {
  counts += later.counts;
  if (later.min && (!min || later.min->value < min->value)) min = later.min;
  if (later.max && (!max || later.max->value > max->value)) max = later.max;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    intervals[i].below += later.intervals[i].below;
    intervals[i].above += later.intervals[i].above;
  }
}

}  // namespace weightsieve
