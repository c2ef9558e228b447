// Where to cut floats into symbol and low bits, so that both together are the smallest.
#pragma once

#include "codec/buffer.hpp"
#include "weightsieve/base/bytes.hpp"
#include "weightsieve/kernels/pack.hpp"

namespace weightsieve::codec {

struct CutPlan {
  UnitCut cut = {};
  double bits = 0;  ///< a unit, escapes included
};

/// From a sample of units; `drop`: how many of the lowest bits are zero in all units. Of all cuts within 0.1
/// % of the smallest that with the fewest symbols, because it is coded fastest.
CutPlan choose_cut(Bytes sample, std::size_t width, unsigned drop, Buffer& histogram);

}  // namespace weightsieve::codec
