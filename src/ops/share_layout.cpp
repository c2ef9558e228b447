#include "ops/share_layout.hpp"

#include <algorithm>

namespace weightsieve {

ShareLayout layout_between(const PlanPosition& begin, const PlanPosition& end) {
  ShareLayout layout;
  if (begin == end) return layout;
  const bool begins_inside = begin.element != 0;
  layout.first_whole = begin.tensor + (begins_inside ? 1 : 0);
  layout.end_whole = std::max(layout.first_whole, end.tensor);
  if (end.element != 0) layout.tail = end.tensor;
  if (begins_inside && begin.tensor != layout.tail) layout.head = begin.tensor;
  return layout;
}

ShareLayout layout_of(std::span<const WorkUnit> units, const UnitRange& range) {
  if (range.first == range.end) return {};
  return layout_between(begin_of(units[range.first]), end_of(units[range.end - 1]));
}

}  // namespace weightsieve
