#include "weightsieve/stats/pair_stats.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "stats/common_values.hpp"
#include "stats/wide_type.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve {
namespace {

/// The greatest integers of which no double skips one.
constexpr double kWholeDoubles = 0x1p53;

/// A value exactly: a double, and what a 64-bit integer is off from it.
struct ExactValue {
  double nearest;
  double rest;
};

template <class T>
double rest_of(const std::byte* data, double nearest) noexcept {
  __extension__ using Wide = __int128;
  return static_cast<double>(static_cast<Wide>(load<T>(data)) - static_cast<Wide>(nearest));
}

double rest_of(Dtype dtype, const std::byte* data, std::size_t index, double nearest) noexcept {
  if (dtype == Dtype::I64) return rest_of<std::int64_t>(data + index * 8, nearest);
  if (dtype == Dtype::U64) return rest_of<std::uint64_t>(data + index * 8, nearest);
  return 0;
}

template <class Code>
std::uint64_t count_same(const std::byte* a, const std::byte* b, std::size_t count) noexcept {
  // Counters as wide as codes let compilers compare whole registers; a block overflows those of bytes.
  constexpr std::size_t stride = sizeof(Code) == 1 ? 255 : kBlockValues;
  std::uint64_t same = 0;
  for (std::size_t first = 0; first < count; first += stride) {
    const std::size_t end = std::min(count, first + stride);
    Code some = 0;
    for (std::size_t i = first; i < end; ++i)
      some = static_cast<Code>(some + (load<Code>(a + i * sizeof(Code)) == load<Code>(b + i * sizeof(Code))));
    same += some;
  }
  return same;
}

std::uint64_t count_same_nibbles(const std::byte* a, const std::byte* b, std::size_t count) noexcept {
  std::uint64_t same = 0;
  for (std::size_t i = 0; i < count; ++i)
    same += ((a[i / 2] ^ b[i / 2]) >> (i % 2 * 4) & std::byte{15}) == std::byte{0};
  return same;
}

/// Values whose bits are the same.
std::uint64_t count_identical(Dtype dtype, const std::byte* a, const std::byte* b,
                              std::size_t count) noexcept {
  const std::uint64_t bits = dtype_info(dtype).bits / values_per_element(dtype);
  if (std::memcmp(a, b, count * bits / 8) == 0 && count * bits % 8 == 0) return count;
  switch (bits) {
    case 4:
      return count_same_nibbles(a, b, count);
    case 8:
      return count_same<std::uint8_t>(a, b, count);
    case 16:
      return count_same<std::uint16_t>(a, b, count);
    case 32:
      return count_same<std::uint32_t>(a, b, count);
    default:
      return count_same<std::uint64_t>(a, b, count);
  }
}

bool is_64_bit_integer(Dtype dtype) noexcept { return dtype == Dtype::I64 || dtype == Dtype::U64; }

/// A chunk of both streams, compared block by block.
class ChunkPairs {
 public:
  ChunkPairs(const PairTask& task, Bytes a, Bytes b, std::uint64_t first_value) noexcept
      : task_(task),
        a_(a.data()),
        b_(b.data()),
        first_value_(first_value),
        floats_(fits_float(task.a) && fits_float(task.b)),
        exact_(is_64_bit_integer(task.a) || is_64_bit_integer(task.b)) {}

  void add_block(std::size_t first, std::size_t count) {
    const Block block{at(task_.a, a_, first), at(task_.b, b_, first), first_value_ + first, count};
    tally_.values += count;
    if (task_.a == task_.b) tally_.identical += count_identical(task_.a, block.a, block.b, count);
    if (floats_) {
      add<float>(block, as_floats(task_.a, block.a, count, room_a_.floats),
                 as_floats(task_.b, block.b, count, room_b_.floats));
    } else {
      add<double>(block, as_doubles(task_.a, block.a, count, room_a_.doubles),
                  as_doubles(task_.b, block.b, count, room_b_.doubles));
    }
  }

  const PairTally& tally() const noexcept { return tally_; }

 private:
  struct Block {
    const std::byte* a;
    const std::byte* b;
    std::uint64_t first_value;
    std::size_t count;
  };

  static const std::byte* at(Dtype dtype, const std::byte* data, std::size_t value) noexcept {
    return data + value * dtype_info(dtype).bits / 8 / values_per_element(dtype);
  }

  /// `a` and `b`: the block's values as T.
  template <class T>
  void add(const Block& block, const std::byte* a, const std::byte* b) {
    PairSums sums;
    constexpr auto type = static_cast<std::size_t>(sizeof(T) == 4 ? WideType::f32 : WideType::f64);
    if ((exact_ && !all_whole(a, b, block.count)) || !kernels().compare[type](a, b, block.count, &sums))
      return add_carefully<T>(block, a, b);
    const auto value = [](const std::byte* data, std::size_t i) {
      return static_cast<double>(load<T>(data + i * sizeof(T)));
    };
    const auto difference = [=](std::size_t i) { return std::fabs(value(a, i) - value(b, i)); };
    tally_.finite += block.count;
    tally_.equal_finite += sums.equal;
    tally_.equal += sums.equal;
    tally_.within += count_within(sums, block.count, difference);
    if (sums.greatest > tally_.greatest) {
      std::size_t index = 0;
      while (difference(index) != sums.greatest)
        ++index;
      note_greatest(sums.greatest, block.first_value + index, value(a, index), value(b, index));
    }
    add_sums(sums);
  }

  /// Whether the doubles nearest to 64-bit integers are these integers, for certain.
  static bool all_whole(const std::byte* a, const std::byte* b, std::size_t count) noexcept {
    bool whole = true;
    for (std::size_t i = 0; i < count; ++i)
      whole &= std::fabs(load<double>(a + i * 8)) < kWholeDoubles &&
               std::fabs(load<double>(b + i * 8)) < kWholeDoubles;
    return whole;
  }

  template <class Difference>
  std::uint64_t count_within(const PairSums& sums, std::size_t count, Difference difference) const {
    if (task_.tolerance == 0) return sums.equal;
    if (sums.greatest <= task_.tolerance) return count;
    std::uint64_t within = 0;
    for (std::size_t i = 0; i < count; ++i)
      within += difference(i) <= task_.tolerance;
    return within;
  }

  void note_greatest(double difference, std::uint64_t at, double a, double b) noexcept {
    tally_.greatest = difference;
    tally_.greatest_index = at / values_per_element(task_.a);
    tally_.greatest_a = a;
    tally_.greatest_b = b;
  }

  /// Pair by pair: of values that are not finite, or too large for sums of squares or for whole doubles.
  template <class T>
  void add_carefully(const Block& block, const std::byte* a, const std::byte* b) {
    PairSums sums{};
    for (std::size_t i = 0; i < block.count; ++i) {
      const ExactValue x = exact_value<T>(task_.a, block.a, a, i);
      const ExactValue y = exact_value<T>(task_.b, block.b, b, i);
      const bool both_nan = std::isnan(x.nearest) && std::isnan(y.nearest);
      const bool equal = both_nan || (x.nearest == y.nearest && x.rest == y.rest);
      tally_.equal += equal;
      if (std::isfinite(x.nearest) && std::isfinite(y.nearest)) {
        add_finite(x, y, equal, block.first_value + i, sums);
      } else {
        tally_.within += equal;
      }
    }
    add_sums(sums);
  }

  template <class T>
  ExactValue exact_value(Dtype dtype, const std::byte* data, const std::byte* values, std::size_t i) const {
    const auto nearest = static_cast<double>(load<T>(values + i * sizeof(T)));
    return {nearest, exact_ ? rest_of(dtype, data, i, nearest) : 0};
  }

  void add_finite(const ExactValue& x, const ExactValue& y, bool equal, std::uint64_t at, PairSums& sums) {
    const double difference = std::fabs((x.nearest - y.nearest) + (x.rest - y.rest));
    ++tally_.finite;
    tally_.equal_finite += equal;
    tally_.within += equal || difference <= task_.tolerance;
    if (difference > tally_.greatest) note_greatest(difference, at, x.nearest, y.nearest);
    sums.differences += difference * difference;
    sums.first += x.nearest * x.nearest;
    sums.second += y.nearest * y.nearest;
    sums.products += x.nearest * y.nearest;
  }

  void add_sums(const PairSums& sums) noexcept {
    tally_.differences.add(sums.differences);
    tally_.first.add(sums.first);
    tally_.second.add(sums.second);
    tally_.products.add(sums.products);
  }

  union Room {
    float floats[kBlockValues];
    double doubles[kBlockValues];
  };

  PairTask task_;
  const std::byte* a_;
  const std::byte* b_;
  std::uint64_t first_value_;
  bool floats_;
  bool exact_;
  PairTally tally_;
  alignas(64) Room room_a_;
  alignas(64) Room room_b_;
};

void add(DoubleDouble& sum, const DoubleDouble& later) noexcept {
  sum.add(later.high);
  if (std::isfinite(later.high)) sum.add(later.low);
}

}  // namespace

void PairTally::merge(const PairTally& later) noexcept {
  values += later.values;
  equal += later.equal;
  within += later.within;
  identical += later.identical;
  finite += later.finite;
  equal_finite += later.equal_finite;
  if (later.greatest > greatest) {
    greatest = later.greatest;
    greatest_index = later.greatest_index;
    greatest_a = later.greatest_a;
    greatest_b = later.greatest_b;
  }
  add(differences, later.differences);
  add(first, later.first);
  add(second, later.second);
  add(products, later.products);
}

bool is_comparable(Dtype a, Dtype b) noexcept {
  return has_values(a) && has_values(b) && values_per_element(a) == values_per_element(b);
}

PairTally compare_chunk(const PairTask& task, Bytes a, Bytes b, std::uint64_t first_element,
                        std::uint64_t elements) {
  const std::uint64_t per_element = values_per_element(task.a);
  const std::uint64_t values = elements * per_element;
  ChunkPairs pairs(task, a, b, first_element * per_element);
  for (std::uint64_t first = 0; first < values; first += kBlockValues)
    pairs.add_block(first, std::min<std::uint64_t>(kBlockValues, values - first));
  return pairs.tally();
}

}  // namespace weightsieve
