// The additions of lane_sums.hpp over the whole sections of a block, a register of lanes at a time, and in
// the same loop the counting by upper halves.
//
// Registers of lanes are the outer loop: with all 16 lanes at once the sums alone would need more registers
// than there are. Each step of the inner loop sums one group in some lanes and counts an equal share of the
// group's values by their upper halves, whichever they are (see top16.impl.hpp). Comparing with bounds in the
// same loop costs more than it saves, because accumulators are spilled then.
//
// Additions and conversions want one pair of Zen 4's vector ports, multiplications with or without an
// addition the other, 512 bits a cycle each. Powers that are added by multiplying keep both busy alike: 8.9
// cycles for 16 f32 if nothing else held them up, and 10.5 as measured; with additions of their own, as
// before, 11.8 and 14.
#pragma once

namespace weightsieve::kernel {
namespace {

using Doubles = xsimd::batch<double, Arch>;

[[maybe_unused]] inline Doubles load_doubles(const double* data) noexcept {
  return Doubles::load_unaligned(data);
}

/// What is added pairwise.
struct Ends {
  Doubles x, magnitude;

  [[gnu::always_inline]] friend Ends operator+(const Ends& a, const Ends& b) noexcept {
    return {a.x + b.x, a.magnitude + b.magnitude};
  }
};

[[gnu::always_inline]] inline Ends ends(const Doubles& x) noexcept { return {x, xsimd::abs(x)}; }

/// Sums of x², x³, x⁴.
struct Powers {
  Doubles squares, cubes, fourths;
};

[[gnu::always_inline]] inline Powers powers(const Doubles& x) noexcept {
  const Doubles square = x * x;
  return {square, square * x, square * square};
}

[[gnu::always_inline]] inline Powers add_powers(const Powers& sums, const Doubles& x) noexcept {
  const Doubles square = x * x;
  return {multiply_add(x, x, sums.squares), multiply_add(square, x, sums.cubes),
          multiply_add(square, square, sums.fourths)};
}

struct Plain {
  Doubles operator()(const Doubles& x) const noexcept { return x; }
};

struct Shifted {
  Doubles pivot;
  Doubles operator()(const Doubles& x) const noexcept { return x - pivot; }
};

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
#pragma GCC unroll 1  // of four groups in one, g++ 12 spills half
    for (std::size_t group = 0; group < kSectionGroups; ++group, data += kGroupValues) {
      const auto row = [&](std::size_t i) { return shift(load_doubles(data + i * kLanes)); };
      const Doubles r0 = row(0);
      Powers some = powers(r0);
      const Doubles r1 = row(1);
      some = add_powers(some, r1);
      Ends upper = ends(r0) + ends(r1);
      step(data, 0);
      const Doubles r2 = row(2);
      some = add_powers(some, r2);
      const Doubles r3 = row(3);
      some = add_powers(some, r3);
      upper = upper + (ends(r2) + ends(r3));
      step(data, 1);
      const Doubles r4 = row(4);
      some = add_powers(some, r4);
      const Doubles r5 = row(5);
      some = add_powers(some, r5);
      Ends lower = ends(r4) + ends(r5);
      step(data, 2);
      const Doubles r6 = row(6);
      some = add_powers(some, r6);
      const Doubles r7 = row(7);
      some = add_powers(some, r7);
      lower = lower + (ends(r6) + ends(r7));
      const Ends both = upper + lower;
      x += both.x;
      magnitude += both.magnitude;
      squares += some.squares;
      cubes += some.cubes;
      fourths += some.fourths;
      step(data, 3);
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

/// Calls step(group, i, quarter), quarter < 4, for each group and register of lanes i < kSteps.
template <typename T, typename Shift, typename Step>
[[gnu::always_inline]] inline void sum_lanes(const T* data, std::size_t sections, const Shift& shift,
                                             LaneSums& lanes, Step&& step) noexcept {
  for (std::size_t i = 0; i < kSteps; ++i) {
    Lanes some;
    const std::size_t first = i * Doubles::size;
    for (std::size_t s = 0; s < sections; ++s) {
      some.add_section(data + s * kSectionValues + first, shift,
                       [&](const T* group, std::size_t quarter) { step(group - first, i, quarter); });
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
            [&](const T* group, std::size_t step, std::size_t quarter) {
              if (quarter == 0) prefetch_next_block(group, step);
              tops.template add_summed<kSteps>(group, step, quarter);
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
            [](const T*, std::size_t, std::size_t) {});
}

}  // namespace
}  // namespace weightsieve::kernel
