// Counts floats by their upper 16 bits: as a step of sum_block.impl.hpp's loop, and, for blocks where they
// repeat, in a loop of its own, because what code_counter.impl.hpp does then would cost the sums their
// registers.
#pragma once

namespace weightsieve::kernel {
namespace {

/// One increment a value. Adding 1 in memory is one instruction that needs no register.
template <std::size_t kValues, typename T>
[[gnu::always_inline]] inline void add_tops(const T* data, std::uint32_t* top16) noexcept {
  const Tops<T, kValues> tops{data};
#pragma GCC unroll 64
  for (std::size_t i = 0; i < kValues; ++i)
    ++top16[tops.code(i)];
}

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
void count_tops(const std::byte* bytes, std::size_t sections, std::uint32_t* top16) noexcept {
  using Step = Tops<T, 64>;
  const T* data = reinterpret_cast<const T*>(bytes);
  CodeCounter<Step> counter(top16);
  for (std::size_t i = 0; i < sections * kSectionValues; i += Step::kStep)
    counter.add({data + i});
}

}  // namespace
}  // namespace weightsieve::kernel
