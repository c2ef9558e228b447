#include "prune/pass.hpp"

namespace weightsieve::prune {

std::vector<WorkUnit> units_of(std::span<const Piece> pieces, unsigned threads) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(pieces.size());
  for (const Piece& piece : pieces)
    sizes.push_back(piece.elements);
  return plan_units(sizes, kChunkElements, kSmallElements, threads);
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
