#include "weightsieve/engine/chunk_plan.hpp"

#include <algorithm>
#include <numeric>

namespace weightsieve {
namespace {

constexpr std::uint64_t kMostChunks = 16;
constexpr std::uint64_t kUnitsPerThread = 8;
constexpr std::size_t kMostTensors = 256;

/// Small tensors a unit, so few that every thread gets several units of them too.
std::size_t tensors_per_unit(std::span<const std::uint64_t> sizes, std::uint64_t small_elements,
                             unsigned threads) {
  const auto small = static_cast<std::uint64_t>(
      std::ranges::count_if(sizes, [=](std::uint64_t elements) { return elements <= small_elements; }));
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(small / (kUnitsPerThread * threads), 1, kMostTensors));
}

/// Chunks a unit: few enough that every thread gets several units of the whole.
std::uint64_t chunks_per_unit(std::span<const std::uint64_t> sizes, std::uint64_t chunk_elements,
                              unsigned threads) {
  std::uint64_t chunks = 0;
  for (const std::uint64_t elements : sizes)
    chunks += elements / chunk_elements;
  return std::clamp<std::uint64_t>(chunks / (kUnitsPerThread * threads), 1, kMostChunks);
}

void cut_large(std::size_t tensor, std::uint64_t elements, std::uint64_t step, std::vector<WorkUnit>& units) {
  for (std::uint64_t first = 0; first < elements; first += std::min(step, elements - first)) {
    const std::uint64_t count = std::min(step, elements - first);
    units.push_back({tensor, 1, first, count, first + count == elements});
  }
}

WorkUnit cut_stretch(WorkUnit unit, const PlanPosition& begin, const PlanPosition& end) {
  const std::uint64_t last = unit.first_element + unit.elements;
  const std::uint64_t stop = end.tensor == unit.first_tensor ? std::min(last, end.element) : last;
  if (begin.tensor == unit.first_tensor) unit.first_element = std::max(unit.first_element, begin.element);
  unit.elements = stop - unit.first_element;
  unit.ends_tensor = unit.ends_tensor && stop == last;
  return unit;
}

WorkUnit cut_group(WorkUnit unit, std::span<const std::uint64_t> sizes, const PlanPosition& begin,
                   const PlanPosition& end) {
  const std::size_t last = std::min(unit.first_tensor + unit.tensors, end.tensor);
  unit.first_tensor = std::max(unit.first_tensor, begin.tensor);
  unit.tensors = last - unit.first_tensor;
  const auto kept = sizes.subspan(unit.first_tensor, unit.tensors);
  unit.elements = std::accumulate(kept.begin(), kept.end(), std::uint64_t{0});
  return unit;
}

}  // namespace

PlanPosition begin_of(const WorkUnit& unit) noexcept { return {unit.first_tensor, unit.first_element}; }

PlanPosition end_of(const WorkUnit& unit) noexcept {
  if (unit.ends_tensor) return {unit.first_tensor + unit.tensors, 0};
  return {unit.first_tensor, unit.first_element + unit.elements};
}

std::vector<WorkUnit> units_between(std::span<const WorkUnit> units, std::span<const std::uint64_t> sizes,
                                    const PlanPosition& begin, const PlanPosition& end) {
  std::vector<WorkUnit> some;
  for (const WorkUnit& unit : units) {
    if (end_of(unit) <= begin || begin_of(unit) >= end) continue;
    const bool is_whole = begin_of(unit) >= begin && end_of(unit) <= end;
    const bool is_one = unit.tensors == 1;  // small tensors are never cut
    some.push_back(is_whole ? unit
                   : is_one ? cut_stretch(unit, begin, end)
                            : cut_group(unit, sizes, begin, end));
  }
  return some;
}

std::vector<WorkUnit> plan_units(std::span<const std::uint64_t> tensor_elements, std::uint64_t chunk_elements,
                                 std::uint64_t small_elements, unsigned threads) {
  const std::uint64_t step = chunk_elements * chunks_per_unit(tensor_elements, chunk_elements, threads);
  const std::size_t most_tensors = tensors_per_unit(tensor_elements, small_elements, threads);
  std::vector<WorkUnit> units;
  for (std::size_t tensor = 0; tensor < tensor_elements.size();) {
    if (tensor_elements[tensor] > small_elements) {
      cut_large(tensor, tensor_elements[tensor], step, units);
      ++tensor;
      continue;
    }
    WorkUnit group{tensor, 0, 0, 0, true};
    while (tensor < tensor_elements.size() && tensor_elements[tensor] <= small_elements &&
           group.tensors < most_tensors && group.elements < chunk_elements) {
      group.elements += tensor_elements[tensor++];
      ++group.tensors;
    }
    units.push_back(group);
  }
  return units;
}

}  // namespace weightsieve
