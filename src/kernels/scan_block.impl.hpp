// The first loop over a block: its keys, and counts of the intervals that are likely to cut it.
#pragma once

namespace weightsieve::kernel {
namespace {

template <typename T, std::size_t kIntervals>
[[gnu::always_inline]] inline void look_at(const T* data, KeyScan& scan,
                                           Outside<T, kIntervals>& outside) noexcept {
  using Values = xsimd::batch<T, Arch>;
  Values x[sizeof(T) / sizeof(std::int32_t)];
  for (std::size_t k = 0; k < std::size(x); ++k) {
    x[k] = in_register(Values(Values::load_unaligned(data + k * Values::size)));
    outside.add(x[k]);
  }
  scan.add(keys_of(x));
}

// Unrolled because not all accumulators find a register, and each that is kept in memory costs a store and
// its latency once a turn (AVX2, 3 intervals: 6.0 → 7.9 GB/s of the whole kernel).
template <typename T, std::size_t kIntervals, typename TopCounts>
KeyFacts scan_and_count(const T* data, std::size_t sections, const IntervalLimits<T>* limits,
                        std::uint64_t* below, std::uint64_t* above, TopCounts tops) noexcept {
  KeyScan scan;
  Outside<T, kIntervals> outside(limits);
  for (std::size_t i = 0; i < sections * kSectionValues; i += kShared) {
    tops.add_scanned(data + i);
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kShared; k += Keys::size)
      look_at(data + i + k, scan, outside);
  }
  outside.store(below, above);
  return scan.facts();
}

template <typename T, typename TopCounts>
KeyFacts scan_with(const T* data, std::size_t sections, const IntervalLimits<T>* limits,
                   std::size_t intervals, std::uint64_t* below, std::uint64_t* above,
                   TopCounts tops) noexcept {
  switch (intervals) {
    case 1:
      return scan_and_count<T, 1>(data, sections, limits, below, above, tops);
    case 2:
      return scan_and_count<T, 2>(data, sections, limits, below, above, tops);
    case 3:
      return scan_and_count<T, 3>(data, sections, limits, below, above, tops);
  }
  return scan_and_count<T, 0>(data, sections, limits, below, above, tops);
}

template <typename T>
KeyFacts scan(const std::byte* bytes, std::size_t sections, const IntervalLimits<T>* limits,
              std::size_t intervals, std::uint64_t* below, std::uint64_t* above,
              std::uint32_t* top16) noexcept {
  const T* data = reinterpret_cast<const T*>(bytes);
  if (top16) return scan_with(data, sections, limits, intervals, below, above, FusedTops{top16});
  return scan_with(data, sections, limits, intervals, below, above, NoTops{});
}

}  // namespace
}  // namespace weightsieve::kernel
