// Cuts tensors into units of work: runs of chunks of one large tensor, or several small tensors together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weightsieve {

/// Either one run of chunks of one tensor (tensors = 1) or `tensors` whole small ones.
struct WorkUnit {
  std::size_t first_tensor = 0;
  std::size_t tensors = 1;
  std::uint64_t first_element = 0;
  std::uint64_t elements = 0;

  bool ends_tensor = true;  ///< no later unit has more of its (last) tensor
};

/// Units over tensors of the given sizes, in order. A unit of a large tensor is 1 to 16 chunks, so that each
/// thread gets several; how they are grouped never shows in a result. Linear.
std::vector<WorkUnit> plan_units(std::span<const std::uint64_t> tensor_elements, std::uint64_t chunk_elements,
                                 std::uint64_t small_elements, unsigned threads);

}  // namespace weightsieve
