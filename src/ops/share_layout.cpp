#include "ops/share_layout.hpp"

namespace weightsieve {

ShareLayout layout_of(std::span<const WorkUnit> units, const UnitRange& range) {
  ShareLayout layout;
  if (range.first == range.end) return layout;
  const WorkUnit& first = units[range.first];
  const WorkUnit& last = units[range.end - 1];
  const std::size_t last_tensor = last.first_tensor + last.tensors - 1;
  const bool begins_inside = first.first_element != 0;
  layout.first_whole = first.first_tensor + (begins_inside ? 1 : 0);
  layout.end_whole = last_tensor + (last.ends_tensor ? 1 : 0);
  if (!last.ends_tensor) layout.tail = last_tensor;
  if (begins_inside && first.first_tensor != layout.tail) layout.head = first.first_tensor;
  if (layout.end_whole < layout.first_whole) layout.end_whole = layout.first_whole;
  return layout;
}

}  // namespace weightsieve
