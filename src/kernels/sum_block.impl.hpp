// The additions of lane_sums.hpp over the whole sections of a block, a register of lanes at a time, and in
// the same loop the counting by upper halves.
//
// Registers of lanes are the outer loop: with all 16 lanes at once the sums alone would need more registers
// than there are. Each step of the inner loop sums one group in some lanes and counts an equal share of the
// group's values, whichever they are: increments keep the store port busy, sums the vector ports (Zen 4, f32,
// 16 values: sums 3.7 ns, increments 4.4, both in one loop 4.7). Comparing with bounds in the same loop costs
// more than it saves, because accumulators are spilled then.
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

/// Calls `step` with kShare values that no other call sees, once for each group and register of lanes.
inline constexpr std::size_t kShare = kGroupValues * Doubles::size / kLanes;

template <typename T, typename Shift, typename Step>
[[gnu::always_inline]] inline void sum_lanes(const T* data, std::size_t sections, const Shift& shift,
                                             LaneSums& lanes, Step&& step) noexcept {
  for (std::size_t first = 0; first < kLanes; first += Doubles::size) {
    Lanes some;
    const std::size_t share = first / Doubles::size * kShare - first;
    for (std::size_t s = 0; s < sections; ++s) {
      some.add_section(data + s * kSectionValues + first, shift,
                       [&](const T* group) { step(group + share); });
    }
    some.store(lanes, first);
  }
}

/// Brings the next block closer while this one is computed. Into the second level: two blocks and the
/// counters do not fit the first.
template <typename T>
[[gnu::always_inline]] inline void prefetch_next_block(const T* share) noexcept {
  for (std::size_t i = 0; i < kShare; i += 64 / sizeof(T))
    __builtin_prefetch(share + kBlockValues + i, 0, 2);
}

template <typename T>
void sum(const std::byte* bytes, std::size_t sections, std::uint32_t* top16, LaneSums* lanes) noexcept {
  if (top16 && tops_repeat<T>(bytes, sections)) {
    count_tops<T>(bytes, sections, top16);
    top16 = nullptr;
  }
  const T* data = reinterpret_cast<const T*>(bytes);
  if (top16) {
    sum_lanes(data, sections, Plain{}, *lanes, [&](const T* share) {
      prefetch_next_block(share);
      add_tops<kShare>(share, top16);
    });
  } else {
    sum_lanes(data, sections, Plain{}, *lanes, [](const T* share) { prefetch_next_block(share); });
  }
}

template <typename T>
void sum_shifted(const std::byte* data, std::size_t sections, double pivot, LaneSums* lanes) noexcept {
  sum_lanes(reinterpret_cast<const T*>(data), sections, Shifted{Doubles(pivot)}, *lanes, [](const T*) {});
}

}  // namespace
}  // namespace weightsieve::kernel
