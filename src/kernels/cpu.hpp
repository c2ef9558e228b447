// What this machine can run. Any thread.
#pragma once

#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

/// Whether CPU and operating system run code compiled for `isa`: on x86, avx2 means all of x86-64-v3 and
/// avx512bw all of x86-64-v4, because compilers use all of it.
bool cpu_has(Isa isa) noexcept;

}  // namespace weightsieve::kernel
