// Where among elements of equal keys a cut lies: of ties the first ones go, in the order of the pieces.
#pragma once

#include <span>
#include <vector>

#include "prune/key_cut.hpp"
#include "prune/key_scanner.hpp"
#include "prune/key_search.hpp"

namespace weightsieve::prune {

/// The cut of each piece at each level, [piece × levels + level], for these limits, [group × levels + level].
/// Reads the pieces of groups that only some ties of go, up to the last one. Throws what reading throws.
std::vector<KeyCut> cut_ties(const KeyPass& pass, std::span<const Piece> pieces,
                             std::span<const KeyLimit> limits, std::size_t levels);

}  // namespace weightsieve::prune
