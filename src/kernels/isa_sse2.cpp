#define xsimd xsimd_sse2  // see table.impl.hpp
#include "kernels/shim_sse2.hpp"
//
#include "kernels/multiply_add_sse2.hpp"
//
#include "kernels/table.impl.hpp"

namespace weightsieve::kernel {

extern const KernelTable kSse2Table;
const KernelTable kSse2Table = make_table(Isa::sse2);

}  // namespace weightsieve::kernel
