// The table of one instruction set, out of loops that are compiled for it. Included by isa_<name>.cpp alone,
// behind the shim that names the architecture.
//
// Everything that the loops need from elsewhere is declared here, not defined: an inline function that two
// objects share would be linked in the version of either, and fail on a machine without its instructions.
// Hence the unnamed namespaces, xsimd under a name of its own in each object, and a test that looks at the
// symbols of the objects.
#pragma once

#include <iterator>
#include <limits>
#include <type_traits>

#include "kernels/block_loops.hpp"
#include "kernels/integers.hpp"
#include "kernels/scalar.hpp"

// The loops, after what they use.
#include "kernels/code_counter.impl.hpp"
#include "kernels/count_codes.impl.hpp"
#include "kernels/count_small.impl.hpp"
#include "kernels/find_extremes.impl.hpp"
#include "kernels/outside.impl.hpp"
#include "kernels/scan_keys.impl.hpp"
//
#include "kernels/top16.impl.hpp"
#include "kernels/widen_f16.impl.hpp"
//
#include "kernels/scan_block.impl.hpp"
#include "kernels/sum_block.impl.hpp"
//
#include "kernels/compare.impl.hpp"
#include "kernels/count_pairs.impl.hpp"
//
#if defined(__AVX512BW__)
#include "kernels/pick_avx512bw.hpp"
#endif

namespace weightsieve::kernel {
namespace {

#if defined(__AVX512BW__)
inline constexpr auto* kPickFloats = pick_floats;
#else
inline constexpr auto* kPickFloats = scalar::pick<float>;
#endif

template <typename T>
constexpr BlockLoops<T> kLoops{.scan = scan<T>,
                               .count_outside = count_outside<T>,
                               .count_small = count_small<T>,
                               .find_extremes = find_extremes<T>,
                               .tops_repeat = tops_repeat<T>,
                               .count_tops = count_tops<T>,
                               .count_other_tops = count_other_tops<T>,
                               .sum = sum<T>,
                               .sum_shifted = sum_shifted<T>};

inline void sum_doubles(const std::byte* data, std::size_t sections, LaneSums* lanes) noexcept {
  sum<double>(data, sections, nullptr, lanes);
}

template <typename T>
void summarize(const std::byte* data, std::size_t values, const IntervalBounds& bounds, std::uint64_t* below,
               std::uint64_t* above, std::uint32_t* top16, WideSummary* summary) noexcept {
  if constexpr (std::is_floating_point_v<T>) {
    summarize_blocks<T>(kLoops<T>, data, values, bounds, below, above, top16, summary);
  } else {
    summarize_integers<T>(sum_doubles, data, values, bounds, below, above, summary);
  }
}

constexpr KernelTable make_table(Isa isa) noexcept {
  return {.isa = isa,
          .count8 = count8,
          .count16 = count16,
          .count_top16 = {count_top16<float>, count_top16<double>},
          .find8 = find_code<Bytes>,
          .find16 = find_code<Words>,
          .summarize = {summarize<float>, summarize<double>, summarize<std::int32_t>,
                        summarize<std::uint32_t>, summarize<std::int64_t>, summarize<std::uint64_t>},
          .pick = {kPickFloats, scalar::pick<double>},
          .widen = {scalar::widen<float>, scalar::widen<double>, scalar::widen<std::int32_t>,
                    scalar::widen<std::uint32_t>, scalar::widen<std::int64_t>, scalar::widen<std::uint64_t>},
          .widen_f16 = widen_f16,
          .compare = {compare<float>, compare<double>}};
}

}  // namespace
}  // namespace weightsieve::kernel
