// Cuts tensors into units of work: runs of chunks of one large tensor, or several small tensors together.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace weightsieve {

/// Either one run of chunks of one tensor (tensors = 1) or `tensors` whole small ones.
struct WorkUnit {
  std::size_t first_tensor = 0;
  std::size_t tensors = 1;
  std::uint64_t first_element = 0;
  std::uint64_t elements = 0;  ///< of the run, or of all small ones

  bool ends_tensor = true;  ///< no later unit has more of its (last) tensor
};

/// Units over tensors of the given sizes, in order. A unit of a large tensor is 1 to 16 chunks, so that each
/// thread gets several; how they are grouped never shows in a result. Linear.
std::vector<WorkUnit> plan_units(std::span<const std::uint64_t> tensor_elements, std::uint64_t chunk_elements,
                                 std::uint64_t small_elements, unsigned threads);

/// A place between two chunks: of `tensor` its elements before `element` lie behind it, of those before all.
struct PlanPosition {
  std::size_t tensor = 0;
  std::uint64_t element = 0;
  friend auto operator<=>(const PlanPosition&, const PlanPosition&) = default;
};

PlanPosition begin_of(const WorkUnit& unit) noexcept;
PlanPosition end_of(const WorkUnit& unit) noexcept;

/// What of the units, which are those of plan_units() of the same sizes or a run of them, lies in [begin,
/// end). Linear.
std::vector<WorkUnit> units_between(std::span<const WorkUnit> units,
                                    std::span<const std::uint64_t> tensor_elements, const PlanPosition& begin,
                                    const PlanPosition& end);

}  // namespace weightsieve
