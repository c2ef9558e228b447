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

}  // namespace

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
