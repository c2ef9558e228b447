// Visits the few elements whose magnitude lies in one of several ranges, at the speed of looking at them all.
//
// Whether an element can be meant is looked up by the upper 16 bits of its pattern, sixteen elements at a
// time; which range holds it is then up to the visitor. For one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prune/key_search.hpp"
#include "prune/magnitude.hpp"

namespace weightsieve::prune {

/// Magnitudes of one dtype, [low, high); empty where no number of the dtype is in a range of keys.
struct MagnitudeRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool holds(std::uint64_t magnitude) const noexcept { return magnitude - low < high - low; }
};

class FlaggedElements {
 public:
  FlaggedElements(Dtype dtype, std::span<const KeyRange> ranges);

  std::span<const MagnitudeRange> ranges() const noexcept { return ranges_; }

  /// Calls `visit(index, magnitude)` for every element that is in a range, and for some others.
  template <class Visit>
  void visit(Bytes elements, Visit visit) const {
    with_bits(dtype_, [&](auto bits) { visit_all<decltype(bits)>(elements, visit); });
  }

 private:
  static constexpr std::size_t kTogether = 16;
  static constexpr std::size_t kPrefetchBytes = 8192;  ///< far enough for the latency of memory

  template <class Bits>
  static std::size_t upper(const std::byte* element) noexcept {
    if constexpr (sizeof(Bits) == 1) return std::to_integer<std::size_t>(*element);
    return load<std::uint16_t>(element + sizeof(Bits) - 2);
  }

  template <class Bits, class Visit>
  void visit_all(Bytes elements, Visit& visit) const {
    const std::uint8_t* const flags = flags_.data();
    const std::size_t count = elements.size() / sizeof(Bits);
    const auto visit_some = [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < to; ++i) {
        const std::byte* const at = elements.data() + i * sizeof(Bits);
        if (flags[upper<Bits>(at)] != 0) visit(i, magnitude_of(load<Bits>(at)));
      }
    };
    std::size_t i = 0;
    for (; i + kTogether <= count; i += kTogether) {
      const std::byte* const at = elements.data() + i * sizeof(Bits);
      for (std::size_t line = 0; line < kTogether * sizeof(Bits); line += 64)
        __builtin_prefetch(at + kPrefetchBytes + line, 0, 2);
      unsigned any = 0;
      for (std::size_t j = 0; j < kTogether; ++j)
        any |= flags[upper<Bits>(at + j * sizeof(Bits))];
      if (any != 0) visit_some(i, i + kTogether);
    }
    visit_some(i, count);
  }

  Dtype dtype_;
  std::vector<MagnitudeRange> ranges_;
  std::vector<std::uint8_t> flags_;
};

}  // namespace weightsieve::prune
