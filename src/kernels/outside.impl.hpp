// Counts the values outside of a few intervals: a step of scan_block.impl.hpp's loop, and a loop of
// its own for the intervals that were not foreseen there.
#pragma once

namespace weightsieve::kernel {
namespace {

template <typename T, std::size_t kIntervals>
class Outside {
  using Values = xsimd::batch<T, Arch>;

 public:
  explicit Outside(const IntervalLimits<T>* limits) noexcept {
    for (std::size_t i = 0; i < kIntervals; ++i) {
      low_[i] = Values(limits[i].low);
      high_[i] = Values(limits[i].high);
    }
  }

  [[gnu::always_inline]] void add(const Values& x) noexcept {
    for (std::size_t k = 0; k < kIntervals; ++k) {
      below_[k].add(x < low_[k]);
      above_[k].add(x > high_[k]);
    }
  }

  void store(std::uint64_t* below, std::uint64_t* above) const noexcept {
    for (std::size_t k = 0; k < kIntervals; ++k) {
      below[k] += below_[k].count();
      above[k] += above_[k].count();
    }
  }

 private:
  Values low_[kIntervals + 1], high_[kIntervals + 1];  // one more than needed: none is no array
  Tally<T> below_[kIntervals + 1], above_[kIntervals + 1];
};

template <typename T>
void count_outside(const std::byte* data, std::size_t sections, const IntervalLimits<T>& limits,
                   std::uint64_t* below, std::uint64_t* above) noexcept {
  using Values = xsimd::batch<T, Arch>;
  const T* values = reinterpret_cast<const T*>(data);
  Outside<T, 1> outside(&limits);
  for (std::size_t i = 0; i < sections * kSectionValues; i += Values::size) {
    outside.add(in_register(Values(Values::load_unaligned(values + i))));
  }
  outside.store(below, above);
}

}  // namespace
}  // namespace weightsieve::kernel
