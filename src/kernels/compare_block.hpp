// Sums over one block of pairs in 16 virtual lanes, and the plain code around the loop of an instruction set.
//
// Pair i of a block belongs to lane i mod 16 and row i / 16. Eight rows are a group: what they contribute is
// added pairwise within their lane, ((r0+r1)+(r2+r3))+((r4+r5)+(r6+r7)), and the result to the lane. The last
// group is filled up with pairs of zeros. At the end, lane i takes lane i + 8, then i + 4, i + 2, i + 1. No
// product is ever contracted with a sum. Error of a sum of squares: at most 3 + 32 + 4 roundings of sums.
//
// This header is read by the objects of every instruction set: it must stay free of inline functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/lane_sums.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

struct PairLanes {
  alignas(64) double differences[kLanes];
  double first[kLanes];
  double second[kLanes];
  double products[kLanes];
  double greatest[kLanes];
  std::uint64_t equal;
};

/// Adds whole groups of pairs to `lanes`.
using PairLoop = void (*)(const std::byte* a, const std::byte* b, std::size_t groups,
                          PairLanes* lanes) noexcept;

/// KernelTable::compare over the loop of one instruction set.
template <typename T>
bool compare_block(PairLoop loop, const std::byte* a, const std::byte* b, std::size_t values,
                   PairSums* sums) noexcept;

extern template bool compare_block<float>(PairLoop, const std::byte*, const std::byte*, std::size_t,
                                          PairSums*) noexcept;
extern template bool compare_block<double>(PairLoop, const std::byte*, const std::byte*, std::size_t,
                                           PairSums*) noexcept;

}  // namespace weightsieve::kernel
