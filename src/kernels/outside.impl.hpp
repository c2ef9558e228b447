// Counts the values outside of a few intervals: a step of sum_block.impl.hpp's loop, and a loop of its own.
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

  template <std::size_t kValues>
  [[gnu::always_inline]] void add(const T* data) noexcept {
    for (std::size_t i = 0; kIntervals > 0 && i < kValues; i += Values::size) {
      const Values x = in_register(Values(Values::load_unaligned(data + i)));
      for (std::size_t k = 0; k < kIntervals; ++k) {
        below_[k].add(x < low_[k]);
        above_[k].add(x > high_[k]);
      }
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

template <typename T, std::size_t kIntervals>
void count_outside_of(const std::byte* data, std::size_t sections, const IntervalLimits<T>* limits,
                      std::uint64_t* below, std::uint64_t* above) noexcept {
  const T* values = reinterpret_cast<const T*>(data);
  Outside<T, kIntervals> outside(limits);
  for (std::size_t i = 0; i < sections * kSectionValues; i += kGroupValues) {
    outside.template add<kGroupValues>(values + i);
  }
  outside.store(below, above);
}

template <typename T>
void count_outside(const std::byte* data, std::size_t sections, const IntervalLimits<T>* limits,
                   std::size_t intervals, std::uint64_t* below, std::uint64_t* above) noexcept {
  switch (intervals) {
    case 1:
      return count_outside_of<T, 1>(data, sections, limits, below, above);
    case 2:
      return count_outside_of<T, 2>(data, sections, limits, below, above);
    case 3:
      return count_outside_of<T, 3>(data, sections, limits, below, above);
  }
}

}  // namespace
}  // namespace weightsieve::kernel
