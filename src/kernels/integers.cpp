#include "kernels/integers.hpp"

#include <limits>
#include <type_traits>

#include "kernels/chunk_totals.hpp"
#include "kernels/float_environment.hpp"
#include "kernels/interval_limits.hpp"
#include "kernels/load.hpp"

namespace weightsieve::kernel {
namespace {

// 2^21 values of 64 bits need 85 bits.
__extension__ using Sum = __int128;

CompensatedSum as_doubles(Sum exact) noexcept {
  const auto value = static_cast<double>(exact);
  return {value, static_cast<double>(exact - static_cast<Sum>(value))};
}

// The sum of the values of one block, in 64-bit halves that cannot overflow and that compilers make vector
// code of.
template <typename T>
struct BlockSum {
  std::int64_t high = 0;  // in units of 2^32
  std::int64_t low = 0;

  void add(T value) noexcept {
    if constexpr (sizeof(T) == 8) {
      high += static_cast<std::int64_t>(value >> 32);
      low += static_cast<std::int64_t>(static_cast<std::uint32_t>(value));
    } else {
      low += static_cast<std::int64_t>(value);
    }
  }
  Sum total() const noexcept { return static_cast<Sum>(high) * (Sum{1} << 32) + low; }
};

template <typename T>
std::make_unsigned_t<T> magnitude(T value) noexcept {
  using Unsigned = std::make_unsigned_t<T>;
  const auto bits = static_cast<Unsigned>(value);
  return value < 0 ? static_cast<Unsigned>(Unsigned{0} - bits) : bits;
}

template <typename T>
struct BlockFacts {
  BlockSum<T> sum;
  BlockSum<std::make_unsigned_t<T>> absolute;
  T min = std::numeric_limits<T>::max(), max = std::numeric_limits<T>::min();
};

template <typename T>
BlockFacts<T> look_at(const std::byte* data, std::size_t values) noexcept {
  BlockFacts<T> facts;
  for (std::size_t i = 0; i < values; ++i) {
    const T value = load<T>(data, i);
    facts.sum.add(value);
    facts.absolute.add(magnitude(value));
    facts.min = value < facts.min ? value : facts.min;
    facts.max = value > facts.max ? value : facts.max;
  }
  return facts;
}

template <typename T>
std::size_t first_equal(const std::byte* data, T wanted) noexcept {
  std::size_t i = 0;
  while (load<T>(data, i) != wanted)
    ++i;
  return i;
}

// Exact, but for one rounding where 64 bits are too many for a double.
template <typename T>
double distance(T value, T pivot) noexcept {
  if constexpr (sizeof(T) == 4) return static_cast<double>(value) - static_cast<double>(pivot);
  using Unsigned = std::make_unsigned_t<T>;
  const auto forth = static_cast<Unsigned>(static_cast<Unsigned>(value) - static_cast<Unsigned>(pivot));
  return value < pivot ? -static_cast<double>(static_cast<Unsigned>(Unsigned{0} - forth))
                       : static_cast<double>(forth);
}

template <typename T>
class Chunk {
 public:
  explicit Chunk(SumDoubles sum_doubles) noexcept : sum_doubles_(sum_doubles) {}

  void add(const std::byte* data, std::size_t values) noexcept {
    const BlockFacts<T> facts = look_at<T>(data, values);
    const Sum sum = facts.sum.total();
    sum_ += sum;
    absolute_ += facts.absolute.total();
    count(data, values);
    add_extremes(data, facts);
    add_moments(data, values, static_cast<T>(sum / static_cast<Sum>(values)));
    first_ += values;
  }

  WideSummary summary() const noexcept {
    WideSummary summary = counts_;
    summary.finite = summary.zero + summary.negative + summary.positive;
    summary.min_bits = static_cast<std::uint64_t>(extremes_.min);  // sign-extended
    summary.max_bits = static_cast<std::uint64_t>(extremes_.max);
    summary.argmin = extremes_.argmin;
    summary.argmax = extremes_.argmax;
    finish_sums(as_doubles(sum_), as_doubles(absolute_), moments_.total(), summary);
    return summary;
  }

 private:
  void count(const std::byte* data, std::size_t values) noexcept {
    const std::uint64_t zero = count_where<T>(data, values, [](T x) { return x == 0; });
    const std::uint64_t negative = count_where<T>(data, values, [](T x) { return x < 0; });
    counts_.zero += zero;
    counts_.negative += negative;
    counts_.positive += values - zero - negative;
  }

  void add_extremes(const std::byte* data, const BlockFacts<T>& facts) noexcept {
    if (extremes_.any && facts.min >= extremes_.min && facts.max <= extremes_.max) return;
    extremes_.add(facts.min, first_ + first_equal(data, facts.min));
    extremes_.add(facts.max, first_ + first_equal(data, facts.max));
  }

  void add_moments(const std::byte* data, std::size_t values, T pivot) noexcept {
    for (std::size_t i = 0; i < values; ++i)
      padded_[i] = distance(load<T>(data, i), pivot);
    const std::size_t sections = (values + kSectionValues - 1) / kSectionValues;
    for (std::size_t i = values; i < sections * kSectionValues; ++i)
      padded_[i] = 0;
    LaneSums lanes;
    sum_doubles_(reinterpret_cast<const std::byte*>(padded_), sections, &lanes);
    moments_.add(central_moments(join_lanes(lanes), static_cast<double>(values), as_doubles(pivot)));
  }

  SumDoubles sum_doubles_;
  std::uint64_t first_ = 0;  // index of the next block's first value
  WideSummary counts_{};     // only its counts are in use
  Sum sum_ = 0;
  Sum absolute_ = 0;
  MomentTree moments_;
  Extremes<T> extremes_;
  alignas(64) double padded_[kBlockValues];
};

}  // namespace

template <typename T>
void summarize_integers(SumDoubles sum_doubles, const std::byte* data, std::size_t values,
                        const IntervalBounds& bounds, std::uint64_t* below, std::uint64_t* above,
                        WideSummary* summary) noexcept {
  const FloatEnvironment environment;
  Chunk<T> chunk(sum_doubles);
  for (std::size_t first = 0; first < values; first += kBlockValues) {
    chunk.add(data + first * sizeof(T), values - first < kBlockValues ? values - first : kBlockValues);
  }
  count_outside<T>(data, values, bounds, below, above);
  *summary = chunk.summary();
}

#define WEIGHTSIEVE_INSTANTIATE(T)                                                                      \
  template void summarize_integers<T>(SumDoubles, const std::byte*, std::size_t, const IntervalBounds&, \
                                      std::uint64_t*, std::uint64_t*, WideSummary*) noexcept;
WEIGHTSIEVE_INSTANTIATE(std::int32_t)
WEIGHTSIEVE_INSTANTIATE(std::uint32_t)
WEIGHTSIEVE_INSTANTIATE(std::int64_t)
WEIGHTSIEVE_INSTANTIATE(std::uint64_t)
#undef WEIGHTSIEVE_INSTANTIATE

}  // namespace weightsieve::kernel
