// Which of the least keys go: the passes over the data that find it, for any number of groups of elements and
// several amounts at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prune/key_cut.hpp"
#include "prune/key_source.hpp"
#include "prune/pass.hpp"

namespace weightsieve::prune {

/// The cut of each piece at each level, [piece × levels + level], so that of each group exactly
/// ks[group × levels + level] elements go (all finite ones where there are fewer): the least keys, of equal
/// ones the first in the order of the pieces. Reads the pieces once to count, once or more where 16 bits do
/// not tell a threshold, and up to the last tie.
std::vector<KeyCut> find_cuts(const PassContext& context, const KeySource& keys,
                              std::span<const Piece> pieces, std::span<const std::uint64_t> ks,
                              std::size_t levels);

}  // namespace weightsieve::prune
