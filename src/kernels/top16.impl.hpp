// Counts floats by their upper 16 bits: as a step of the loops of scan_block.impl.hpp and sum_block.impl.hpp,
// and, for blocks where they repeat, in a loop of its own, because what code_counter.impl.hpp does then would
// cost the sums their registers.
//
// Increments keep the store port busy, all else the vector ports. Each loop takes the share that it has time
// for: of every 64 values the first 16 are counted while scanning, the others while summing, a quarter of a
// group's after every second row of it: in one go they would fill the queues that sums and increments share
// (Zen 4, f32, ns for 16 values: scan and sums 5.3, 16 increments 4.4, both 6.3, in one go 6.8; AVX2 8.5 and
// 9.3).
#pragma once

namespace weightsieve::kernel {
namespace {

inline constexpr std::size_t kShared = 64;
inline constexpr std::size_t kScanned = 16;

/// One increment a value. Adding 1 in memory is one instruction that needs no register.
template <std::size_t kValues, typename T>
[[gnu::always_inline]] inline void add_tops(const T* data, std::uint32_t* top16) noexcept {
  each_code(Tops<T, kValues>{data}, [&](std::size_t code, std::size_t) { ++top16[code]; });
}

/// Whether not to count is known when compiling.
struct NoTops {
  template <typename T>
  void add_scanned(const T*) const noexcept {}
  template <std::size_t kSteps, typename T>
  void add_summed(const T*, std::size_t, std::size_t) const noexcept {}
};

struct FusedTops {
  std::uint32_t* top16;

  /// Of kShared values.
  template <typename T>
  [[gnu::always_inline]] void add_scanned(const T* shared) const noexcept {
    add_tops<kScanned>(shared, top16);
  }

  /// Quarter `quarter` of step `step` of kSteps over the others of a group.
  template <std::size_t kSteps, typename T>
  [[gnu::always_inline]] void add_summed(const T* group, std::size_t step,
                                         std::size_t quarter) const noexcept {
    constexpr std::size_t kStepsEach = kSteps * kShared / kGroupValues;
    constexpr std::size_t kValues = (kShared - kScanned) / kStepsEach / 4;
    add_tops<kValues>(
        group + step / kStepsEach * kShared + kScanned + (step % kStepsEach * 4 + quarter) * kValues, top16);
  }
};

/// Whether a few samples of the block look as if its upper halves repeated.
template <typename T>
bool tops_repeat(const std::byte* bytes, std::size_t sections) noexcept {
  using Sample = Tops<T, 64>;
  const T* data = reinterpret_cast<const T*>(bytes);
  std::size_t repeated = 0;
  for (std::size_t section = 0; section < sections; ++section) {
    const Sample sample{data + section * kSectionValues};
    repeated += ones(sample.equal(sample.code(0))) >= kMany<Sample> ||
                ones(sample.equal(sample.code(1))) >= kMany<Sample>;
  }
  return 2 * repeated > sections;
}

template <typename T>
// NOLINTNEXTLINE(readability-non-const-parameter): which does not look into constructors of dependent types
void count_tops(const std::byte* bytes, std::size_t sections, std::uint32_t* top16) noexcept {
  using Step = Tops<T, 64>;
  const T* data = reinterpret_cast<const T*>(bytes);
  CodeCounter<Step> counter(top16);
  for (std::size_t i = 0; i < sections * kSectionValues; i += Step::kStep)
    counter.add({data + i});
}

template <typename T>
void count_other_tops(const std::byte* bytes, std::size_t sections, std::uint32_t* top16) noexcept {
  const T* data = reinterpret_cast<const T*>(bytes);
  for (std::size_t i = 0; i < sections * kSectionValues; i += kShared)
    add_tops<kShared - kScanned>(data + i + kScanned, top16);
}

template <typename T>
void count_block_tops(const std::byte* bytes, std::uint32_t* counts) noexcept {
  constexpr std::size_t kSections = kBlockValues / kSectionValues;
  if (tops_repeat<T>(bytes, kSections)) return count_tops<T>(bytes, kSections, counts);
  constexpr std::size_t kStep = 16;
  const T* data = reinterpret_cast<const T*>(bytes);
  for (std::size_t i = 0; i < kBlockValues; i += kStep) {
    for (std::size_t line = 0; line < kStep * sizeof(T); line += 64)
      __builtin_prefetch(reinterpret_cast<const std::byte*>(data + i) + kPrefetchBytes + line, 0, 2);
    add_tops<kStep>(data + i, counts);
  }
}

/// KernelTable::count_top16.
template <typename T>
void count_top16(const std::byte* bytes, std::size_t values, std::uint32_t* counts) noexcept {
  for (; values >= kBlockValues; values -= kBlockValues, bytes += kBlockValues * sizeof(T))
    count_block_tops<T>(bytes, counts);
  scalar::count_top16<T>(bytes, values, counts);
}

}  // namespace
}  // namespace weightsieve::kernel
