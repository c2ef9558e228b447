// The plain C++ loops of the PackTable: what the others must equal, and their tails.
#pragma once

#include "weightsieve/kernels/pack.hpp"

namespace weightsieve::kernel {

extern const PackTable kScalarPackTable;

}  // namespace weightsieve::kernel
