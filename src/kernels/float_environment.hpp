// The floating-point environment that every result is defined in: round to nearest, subnormals kept.
//
// A host program may have set "flush to zero" (-ffast-math start-up code does) or another rounding. A kernel
// that depends on them holds one of these while it runs. Per thread, as the register is.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace weightsieve::kernel {

class FloatEnvironment {
 public:
#if defined(__SSE2__)
  FloatEnvironment() noexcept : saved_(_mm_getcsr()) { _mm_setcsr(kAllMasked); }
  ~FloatEnvironment() { _mm_setcsr(saved_); }
#else
  FloatEnvironment() noexcept {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~FloatEnvironment() { std::fesetenv(&saved_); }
#endif
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr unsigned kAllMasked = 0x1F80;  // power-on value: no traps, nearest, no FTZ, no DAZ
  unsigned saved_;
#else
  std::fenv_t saved_;
#endif
};

}  // namespace weightsieve::kernel
