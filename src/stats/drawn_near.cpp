#include "stats/drawn_near.hpp"

#include <bit>
#include <cmath>
#include <memory>

#include "stats/radix_sort.hpp"

namespace weightsieve {
namespace {

/// The line of doubles in cells of one sign, exponent and 7 bits of the significand: as fine as the buckets
/// of F32.
constexpr unsigned kCellBits = 19;
constexpr std::uint64_t kNegative = std::uint64_t{1} << (kCellBits - 1);

std::uint64_t cell_of(double value) noexcept {
  return std::bit_cast<std::uint64_t>(value) >> (64 - kCellBits);
}

class AskedCells {
 public:
  void ask_values(const Bucket& bucket) {
    if (bucket.low == bucket.high) return;
    if (bucket.low < 0) ask(std::fabs(std::min(bucket.high, 0.0)), -bucket.low, kNegative);
    if (bucket.high >= 0) ask(std::max(bucket.low, 0.0), bucket.high, 0);
  }

  void ask_magnitudes(const Bucket& bucket) {
    if (bucket.low == bucket.high) return;
    ask(bucket.low, bucket.high, 0);
    ask(bucket.low, bucket.high, kNegative);
  }

  /// What is not finite lies in no bucket's cell. Without a branch, as every second value may be asked for.
  std::vector<double> inside(std::span<const double> drawn) const {
    const auto room = std::make_unique_for_overwrite<double[]>(drawn.size());
    std::size_t count = 0;
    for (const double value : drawn) {
      const std::uint64_t cell = cell_of(value);
      room[count] = value;
      count += asked_[cell / 64] >> cell % 64 & 1;
    }
    return {room.get(), room.get() + count};
  }

 private:
  void ask(double least, double greatest, std::uint64_t sign) {
    for (std::uint64_t cell = cell_of(least); cell <= cell_of(greatest); ++cell)
      asked_[(cell | sign) / 64] |= std::uint64_t{1} << cell % 64;
  }

  std::vector<std::uint64_t> asked_ = std::vector<std::uint64_t>((std::size_t{1} << kCellBits) / 64);
};

}  // namespace

std::vector<double> drawn_near(const BucketRanks& values, const BucketRanks& magnitudes, std::uint64_t finite,
                               std::span<const double> drawn, std::span<const double> qs) {
  if (drawn.empty() || finite == 0) return {};
  AskedCells cells;
  for (const double q : qs) {
    const QuantilePosition at = quantile_position(q, finite);
    for (const std::uint64_t rank : {at.floor, at.ceil}) {
      cells.ask_values(values.hit(rank).bucket);
      cells.ask_magnitudes(magnitudes.hit(rank).bucket);
    }
  }
  std::vector<double> near = cells.inside(drawn);
  radix_sort(near);
  return near;
}

}  // namespace weightsieve
