// Bits as in Intel's Software Developer's Manual, volume 2, CPUID and XGETBV. The operating system must save
// the wide registers (XCR0), or using them ends in a signal; xsimd 8.1's own check reads a wrong bit there.
#include "kernels/cpu.hpp"

#include <cstdint>
#include <initializer_list>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace weightsieve::kernel {

#if defined(__x86_64__)
namespace {

struct Registers {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// All zero where the CPU does not know the leaf.
Registers cpuid(std::uint32_t leaf) noexcept {
  Registers r;
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

constexpr std::uint32_t bits(std::initializer_list<unsigned> positions) noexcept {
  std::uint32_t mask = 0;
  for (const unsigned position : positions)
    mask |= std::uint32_t{1} << position;
  return mask;
}

constexpr bool has_all(std::uint32_t word, std::uint32_t mask) noexcept { return (word & mask) == mask; }

// Requires OSXSAVE.
std::uint32_t saved_states() noexcept {
  std::uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

bool has_v3() noexcept {
  constexpr std::uint32_t kOsXsave = bits({27});
  constexpr std::uint32_t kSse3Ssse3FmaCx16Sse41Sse42MovbePopcntAvxF16c =
      bits({0, 9, 12, 13, 19, 20, 22, 23, 28, 29});
  constexpr std::uint32_t kBmi1Avx2Bmi2 = bits({3, 5, 8});
  constexpr std::uint32_t kLahfLzcnt = bits({0, 5});
  constexpr std::uint32_t kXmmYmm = bits({1, 2});
  const std::uint32_t features = cpuid(1).ecx;
  return has_all(features, kOsXsave | kSse3Ssse3FmaCx16Sse41Sse42MovbePopcntAvxF16c) &&
         has_all(cpuid(7).ebx, kBmi1Avx2Bmi2) && has_all(cpuid(0x8000'0001).ecx, kLahfLzcnt) &&
         has_all(saved_states(), kXmmYmm);
}

bool has_v4() noexcept {
  constexpr std::uint32_t kAvx512FDqCdBwVl = bits({16, 17, 28, 30, 31});
  constexpr std::uint32_t kMasksAndZmm = bits({5, 6, 7});
  return has_v3() && has_all(cpuid(7).ebx, kAvx512FDqCdBwVl) && has_all(saved_states(), kMasksAndZmm);
}

}  // namespace
#endif

bool cpu_has([[maybe_unused]] Isa isa) noexcept {
  if (isa == Isa::scalar) return true;
#if defined(__x86_64__)
  if (isa == Isa::sse2) return true;
  static const bool v3 = has_v3();  // asked once: in a virtual machine each CPUID leaves the guest
  static const bool v4 = has_v4();
  if (isa == Isa::avx2) return v3;
  if (isa == Isa::avx512bw) return v4;
#endif
  return false;
}

}  // namespace weightsieve::kernel
