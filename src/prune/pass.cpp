#include "prune/pass.hpp"

namespace weightsieve::prune {

Crew crew_of(const PassControl& control) noexcept { return {control.threads, control.cancel, control.team}; }

std::uint64_t bytes_of(const WorkUnit& unit, std::span<const Piece> pieces) noexcept {
  std::uint64_t bytes = 0;
  for (const Piece& piece : pieces.subspan(unit.first_tensor, unit.tensors)) {
    const std::uint64_t elements = unit.tensors == 1 ? unit.elements : piece.elements;
    bytes += elements * dtype_info(piece.tensor->dtype).bits / 8;
  }
  return bytes;
}

std::vector<WorkUnit> units_of(std::span<const Piece> pieces, const PassControl& control) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(pieces.size());
  for (const Piece& piece : pieces)
    sizes.push_back(piece.elements);
  return plan_units(sizes, kChunkElements, kSmallElements, crew_of(control).planned_threads());
}

std::vector<Run> runs_of(const WorkUnit& unit, std::span<const Piece> pieces) {
  if (unit.tensors == 1) {
    const Piece& piece = pieces[unit.first_tensor];
    return {{unit.first_tensor, piece.first + unit.first_element, unit.elements}};
  }
  std::vector<Run> runs;
  for (std::size_t i = unit.first_tensor; i < unit.first_tensor + unit.tensors; ++i)
    runs.push_back({i, pieces[i].first, pieces[i].elements});
  return runs;
}

}  // namespace weightsieve::prune
