// The additions of lane_sums.hpp over the whole sections of a block, a register of lanes at a time, and in
// the same loop the counting by upper halves.
//
// Registers of lanes are the outer loop: with all 16 lanes at once the sums alone would need more registers
// than there are. Each step of the inner loop sums one group in some lanes and counts an equal share of the
// group's values by their upper halves, whichever they are (see top16.impl.hpp). Comparing with bounds in the
// same loop costs more than it saves, because accumulators are spilled then.
//
// Zen 4 at 3.7 GHz needs 12.9 cycles for 16 f32: ten additions and two conversions of 512 bits want one port
// pair at a cycle each. Adding through the other pair, as fma(x, 1, sum), gains 0.5 cycles; leaving the cubes
// out altogether would gain 2.4.
#pragma once

namespace weightsieve::kernel {
namespace {

using Doubles = xsimd::batch<double, Arch>;

[[maybe_unused]] inline Doubles load_doubles(const double* data) noexcept {
  return Doubles::load_unaligned(data);
}

struct Powers {
  Doubles x, magnitude, square, cube, fourth;

  [[gnu::always_inline]] friend Powers operator+(const Powers& a, const Powers& b) noexcept {
    return {a.x + b.x, a.magnitude + b.magnitude, a.square + b.square, a.cube + b.cube, a.fourth + b.fourth};
  }
};

[[gnu::always_inline]] inline Powers powers(const Doubles& x) noexcept {
  const Doubles square = x * x;
  return {x, xsimd::abs(x), square, square * x, square * square};
}

struct Plain {
  Doubles operator()(const Doubles& x) const noexcept { return x; }
};

struct Shifted {
  Doubles pivot;
  Doubles operator()(const Doubles& x) const noexcept { return x - pivot; }
};

/// Of one group, in the lanes of one register.
template <typename T, typename Shift>
[[gnu::always_inline]] inline Powers group_powers(const T* data, const Shift& shift) noexcept {
  const auto row = [&](std::size_t i) { return powers(shift(load_doubles(data + i * kLanes))); };
  return ((row(0) + row(1)) + (row(2) + row(3))) + ((row(4) + row(5)) + (row(6) + row(7)));
}

[[gnu::always_inline]] inline void add_compensated(Doubles& value, Doubles& tail, const Doubles& x) noexcept {
  const Doubles sum = value + x;
  const Doubles part = sum - value;
  tail += (value - (sum - part)) + (x - part);
  value = sum;
}

/// The sums of the lanes of one register.
struct Lanes {
  Doubles sum = Doubles(0.0), sum_tail = sum, absolute = sum, absolute_tail = sum;
  Doubles squares = sum, cubes = sum, fourths = sum;

  template <typename T, typename Shift, typename Step>
  [[gnu::always_inline]] void add_section(const T* data, const Shift& shift, Step&& step) noexcept {
    Doubles x(0.0), magnitude(0.0);
    for (std::size_t group = 0; group < kSectionGroups; ++group, data += kGroupValues) {
      const Powers added = group_powers(data, shift);
      x += added.x;
      magnitude += added.magnitude;
      squares += added.square;
      cubes += added.cube;
      fourths += added.fourth;
      step(data);
    }
    add_compensated(sum, sum_tail, x);
    add_compensated(absolute, absolute_tail, magnitude);
  }

  void store(LaneSums& lanes, std::size_t first) const noexcept {
    sum.store_unaligned(lanes.sum + first);
    sum_tail.store_unaligned(lanes.sum_tail + first);
    absolute.store_unaligned(lanes.absolute + first);
    absolute_tail.store_unaligned(lanes.absolute_tail + first);
    squares.store_unaligned(lanes.squares + first);
    cubes.store_unaligned(lanes.cubes + first);
    fourths.store_unaligned(lanes.fourths + first);
  }
};

inline constexpr std::size_t kSteps = kLanes / Doubles::size;

/// Calls step(group, i) with i < kSteps once for each group and register of lanes.
template <typename T, typename Shift, typename Step>
[[gnu::always_inline]] inline void sum_lanes(const T* data, std::size_t sections, const Shift& shift,
                                             LaneSums& lanes, Step&& step) noexcept {
  for (std::size_t i = 0; i < kSteps; ++i) {
    Lanes some;
    const std::size_t first = i * Doubles::size;
    for (std::size_t s = 0; s < sections; ++s) {
      some.add_section(data + s * kSectionValues + first, shift,
                       [&](const T* group) { step(group - first, i); });
    }
    some.store(lanes, first);
  }
}

/// Brings the next block closer while this one is computed. Into the second level: two blocks and the
/// counters do not fit the first.
template <typename T>
[[gnu::always_inline]] inline void prefetch_next_block(const T* group, std::size_t step) noexcept {
  constexpr std::size_t kShare = kGroupValues / kSteps;
  for (std::size_t i = 0; i < kShare; i += 64 / sizeof(T))
    __builtin_prefetch(group + step * kShare + kBlockValues + i, 0, 2);
}

template <typename T, typename TopCounts>
void sum_with(const std::byte* data, std::size_t sections, LaneSums& lanes, TopCounts tops) noexcept {
  sum_lanes(reinterpret_cast<const T*>(data), sections, Plain{}, lanes,
            [&](const T* group, std::size_t step) {
              prefetch_next_block(group, step);
              tops.template add_summed<kSteps>(group, step);
            });
}

template <typename T>
void sum(const std::byte* data, std::size_t sections, std::uint32_t* top16, LaneSums* lanes) noexcept {
  if (top16) return sum_with<T>(data, sections, *lanes, FusedTops{top16});
  sum_with<T>(data, sections, *lanes, NoTops{});
}

template <typename T>
void sum_shifted(const std::byte* data, std::size_t sections, double pivot, LaneSums* lanes) noexcept {
  sum_lanes(reinterpret_cast<const T*>(data), sections, Shifted{Doubles(pivot)}, *lanes,
            [](const T*, std::size_t) {});
}

}  // namespace
}  // namespace weightsieve::kernel
