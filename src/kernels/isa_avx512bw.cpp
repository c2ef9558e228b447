#define xsimd xsimd_avx512bw  // see table.impl.hpp
#include "kernels/shim_avx512bw.hpp"
//
#include "kernels/table.impl.hpp"

namespace weightsieve::kernel {

extern const KernelTable kAvx512bwTable;
const KernelTable kAvx512bwTable = make_table(Isa::avx512bw);

}  // namespace weightsieve::kernel
