// Loops over numbers: one KernelTable per instruction set, every one with the same results to the last bit.
//
// Signatures are raw pointers and noexcept, so that the objects compiled for a wider instruction set hold no
// inline function that the linker could pick for everybody. Input may be unaligned. Pure functions; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weightsieve {

enum class Isa : std::uint8_t { scalar, sse2, avx2, avx512bw, neon };

/// The dtypes of more than 16 bits; a C64 tensor is read as twice as many f32.
enum class WideType : std::uint8_t { f32, f64, i32, u32, i64, u64 };
inline constexpr std::size_t kWideTypes = 6;

/// Elements whose partial sums are formed together; part of the definition of every floating-point result.
inline constexpr std::size_t kBlockValues = 4096;

/// `count` closed intervals [low[i], high[i]]; a value compares with a bound as the real number it is.
struct IntervalBounds {
  const double* low;
  const double* high;
  std::size_t count;
};

/// What one pass over a chunk of wide values yields. Sums, moments and extremes are over finite values; where
/// F64 values are too large, those that overflow are infinite or NaN. Where the least and the greatest value
/// differ and m2 is 0, their squares were too small for a double.
struct WideSummary {
  std::uint64_t zero, negative_zero, negative, positive;
  std::uint64_t nan, positive_infinity, negative_infinity, subnormal;

  std::uint64_t finite;  ///< how many; the rest is meaningless where it is 0
  std::uint64_t min_bits,
      max_bits;                  ///< bits of a double (f32, f64), of an int64 (i32, i64), a uint64 (u32, u64)
  std::uint64_t argmin, argmax;  ///< index in the chunk of the first

  double sum, sum_tail;            ///< Σx = sum + sum_tail, within 6.7e-16 of Σ|x|; exact for integers
  double absolute, absolute_tail;  ///< Σ|x|, as good
  double mean, mean_tail;          ///< mean + mean_tail; for moments: Σx / finite is the better mean
  double m2, m3, m4;               ///< m_p = Σ(x − mean)^p
};

/// What a block of pairs (a, b) of finite values yields; sums in double precision.
struct PairSums {
  std::uint64_t equal;  ///< pairs of the same number: −0 and +0 are
  double greatest;      ///< max |a − b|
  double differences;   ///< Σ(a − b)²
  double first;         ///< Σa²
  double second;        ///< Σb²
  double products;      ///< Σab
};

struct KernelTable {
  Isa isa;

  /// counts[code] += how often each of the 256 byte values occurs in `bytes` bytes.
  void (*count8)(const std::byte* data, std::size_t bytes, std::uint32_t* counts) noexcept;
  /// counts[code] += how often each of the 65,536 little-endian 16-bit words occurs among `values` words.
  void (*count16)(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept;

  /// counts[upper 16 bits] += how often they occur among `values` f32 or f64. Indexed by WideType.
  void (*count_top16[2])(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept;

  /// Index of the first byte (word) equal to `code`; `bytes` (`values`) when there is none.
  std::size_t (*find8)(const std::byte* data, std::size_t bytes, std::uint8_t code) noexcept;
  std::size_t (*find16)(const std::byte* data, std::size_t values, std::uint16_t code) noexcept;

  /// Everything about `values` values (≤ 2^21) of one wide type, whatever the thread's rounding mode; `below`
  /// and `above` (bounds.count each) and, where `top16` is not null, top16[upper 16 bits] (f32, f64 only) are
  /// added to. Indexed by WideType.
  void (*summarize[kWideTypes])(const std::byte* data, std::size_t values, const IntervalBounds& bounds,
                                std::uint64_t* below, std::uint64_t* above, std::uint32_t* top16,
                                WideSummary* summary) noexcept;

  /// Copies those of `values` f32 or f64 values whose upper 16 bits have a byte other than 0 in `wanted`
  /// (65,536 bytes) to `out`, in order; gives how many. Of magnitudes that lie outside the 1024 codes from
  /// `window` on it may copy others too. `out` has room for 16 values more than `values`. Indexed by
  /// WideType.
  std::size_t (*pick[2])(const std::byte* data, std::size_t values, const std::uint8_t* wanted,
                         std::uint16_t window, std::byte* out) noexcept;

  /// out[i] = the double nearest to value i. Indexed by WideType.
  void (*widen[kWideTypes])(const std::byte* data, std::size_t values, double* out) noexcept;

  /// out[i] = half-precision value i, exactly; a NaN becomes one of any payload.
  void (*widen_f16)(const std::byte* data, std::size_t values, float* out) noexcept;

  /// Compares at most kBlockValues pairs of f32 or f64, whatever the thread's rounding mode. False, with
  /// `sums` left alone, where a value is not finite or a sum of squares does not fit a double. Indexed by
  /// WideType.
  bool (*compare[2])(const std::byte* a, const std::byte* b, std::size_t values, PairSums* sums) noexcept;
};

/// The table of one instruction set; null when this CPU or build lacks it.
const KernelTable* kernel_table(Isa isa) noexcept;

/// The table in force: the widest that this CPU and build have, or what force_isa() or the environment
/// variable WEIGHTSIEVE_ISA chose.
const KernelTable& kernels() noexcept;

/// Forces an instruction set for the whole process; call before any work starts. False when this CPU or build
/// lacks it.
bool force_isa(Isa isa) noexcept;

/// What WEIGHTSIEVE_ISA asks for and this CPU or build lacks, or no one knows; empty when it is unset, "auto"
/// or in force. Such a request is not followed.
std::string_view unusable_isa_request() noexcept;

std::string_view to_string(Isa isa) noexcept;
std::optional<Isa> isa_from_name(std::string_view name) noexcept;

}  // namespace weightsieve
