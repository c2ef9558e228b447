#include "kernels/pack.impl.hpp"

namespace weightsieve::kernel {

extern const PackTable kAvx2PackTable;
const PackTable kAvx2PackTable = make_pack_table(Isa::avx2);

}  // namespace weightsieve::kernel
