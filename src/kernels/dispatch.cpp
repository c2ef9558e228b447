#include <atomic>
#include <cstdlib>

#include "kernels/cpu.hpp"
#include "kernels/scalar.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve {
namespace kernel {

extern const KernelTable kSse2Table, kAvx2Table, kAvx512bwTable;

}  // namespace kernel

namespace {

struct Choice {
  Isa isa;
  std::string_view name;
  const KernelTable* table;  // null where this build has none
};

// From the narrowest to the widest. The names are known in every build.
constexpr Choice kChoices[] = {{Isa::scalar, "scalar", &kernel::kScalarTable},
#if defined(WEIGHTSIEVE_X86_TABLES)
                               {Isa::sse2, "sse2", &kernel::kSse2Table},
                               {Isa::avx2, "avx2", &kernel::kAvx2Table},
                               {Isa::avx512bw, "avx512bw", &kernel::kAvx512bwTable},
#else
                               {Isa::sse2, "sse2", nullptr},
                               {Isa::avx2, "avx2", nullptr},
                               {Isa::avx512bw, "avx512bw", nullptr},
#endif
                               {Isa::neon, "neon", nullptr}};

const KernelTable* widest_table() noexcept {
  const KernelTable* widest = nullptr;
  for (const Choice& choice : kChoices) {
    if (const KernelTable* table = kernel_table(choice.isa)) widest = table;
  }
  return widest;
}

std::string_view requested_name() noexcept {
  const char* name = std::getenv("WEIGHTSIEVE_ISA");
  return name && std::string_view(name) != "auto" ? name : "";
}

const KernelTable* requested_table() noexcept {
  const auto isa = isa_from_name(requested_name());
  return isa ? kernel_table(*isa) : nullptr;
}

std::atomic<const KernelTable*>& table_in_force() noexcept {
  static std::atomic<const KernelTable*> table = requested_table() ? requested_table() : widest_table();
  return table;
}

}  // namespace

const KernelTable* kernel_table(Isa isa) noexcept {
  for (const Choice& choice : kChoices) {
    if (choice.isa == isa) return kernel::cpu_has(isa) ? choice.table : nullptr;
  }
  return nullptr;
}

const KernelTable& kernels() noexcept { return *table_in_force().load(std::memory_order_relaxed); }

bool force_isa(Isa isa) noexcept {
  const KernelTable* table = kernel_table(isa);
  if (table) table_in_force().store(table, std::memory_order_relaxed);
  return table != nullptr;
}

std::string_view unusable_isa_request() noexcept { return requested_table() ? "" : requested_name(); }

std::string_view to_string(Isa isa) noexcept {
  for (const Choice& choice : kChoices) {
    if (choice.isa == isa) return choice.name;
  }
  return "";
}

std::optional<Isa> isa_from_name(std::string_view name) noexcept {
  for (const Choice& choice : kChoices) {
    if (choice.name == name) return choice.isa;
  }
  return std::nullopt;
}

}  // namespace weightsieve
