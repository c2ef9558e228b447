#define xsimd xsimd_avx2  // see table.impl.hpp
#include "kernels/shim_avx2.hpp"
//
#include "kernels/table.impl.hpp"

namespace weightsieve::kernel {

extern const KernelTable kAvx2Table;
const KernelTable kAvx2Table = make_table(Isa::avx2);

}  // namespace weightsieve::kernel
