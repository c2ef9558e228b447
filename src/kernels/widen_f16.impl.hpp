// Half precision to single by the CPU's own conversion, where the instruction set has it.
#pragma once

namespace weightsieve::kernel {
namespace {

inline void widen_f16(const std::byte* data, std::size_t values, float* out) noexcept {
  std::size_t i = 0;
#if defined(__F16C__)
  constexpr std::size_t kStep = 8;
  for (; i + kStep <= values; i += kStep)
    _mm256_storeu_ps(out + i,
                     _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data + 2 * i))));
#endif
  scalar::widen_f16(data + 2 * i, values - i, out + i);
}

}  // namespace
}  // namespace weightsieve::kernel
