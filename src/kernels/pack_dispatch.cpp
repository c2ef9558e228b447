#include "kernels/cpu.hpp"
#include "kernels/pack_scalar.hpp"

namespace weightsieve {
namespace kernel {

extern const PackTable kAvx2PackTable;

}  // namespace kernel

const PackTable* pack_table(Isa isa) noexcept {
  if (!kernel::cpu_has(isa)) return nullptr;
#if defined(WEIGHTSIEVE_X86_TABLES)
  if (isa == Isa::avx2 || isa == Isa::avx512bw) return &kernel::kAvx2PackTable;
#endif
  return &kernel::kScalarPackTable;
}

const PackTable& pack_kernels() noexcept { return *pack_table(kernels().isa); }

}  // namespace weightsieve
