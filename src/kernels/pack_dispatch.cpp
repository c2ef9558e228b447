#include "kernels/cpu.hpp"
#include "kernels/pack_scalar.hpp"

namespace weightsieve {

const PackTable* pack_table(Isa isa) noexcept {
  return kernel::cpu_has(isa) ? &kernel::kScalarPackTable : nullptr;
}

const PackTable& pack_kernels() noexcept { return *pack_table(kernels().isa); }

}  // namespace weightsieve
