#include <cmath>

#include "kernels/compare_block.hpp"
#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {
namespace {

// The pairwise sum of one lane's rows. Compilers make vector code of the loop over lanes around it.
double pairwise(const double (&r)[kGroupRows][kLanes], std::size_t lane) noexcept {
  return ((r[0][lane] + r[1][lane]) + (r[2][lane] + r[3][lane])) +
         ((r[4][lane] + r[5][lane]) + (r[6][lane] + r[7][lane]));
}

struct Group {
  double differences[kGroupRows][kLanes], first[kGroupRows][kLanes];
  double second[kGroupRows][kLanes], products[kGroupRows][kLanes];

  void add_to(PairLanes& lanes) const noexcept {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes.differences[lane] += pairwise(differences, lane);
      lanes.first[lane] += pairwise(first, lane);
      lanes.second[lane] += pairwise(second, lane);
      lanes.products[lane] += pairwise(products, lane);
    }
  }
};

template <typename T>
void compare_groups(const std::byte* a, const std::byte* b, std::size_t groups, PairLanes* lanes) noexcept {
  for (std::size_t at = 0; at < groups * kGroupValues; at += kGroupValues) {
    Group group;
    for (std::size_t i = 0; i < kGroupValues; ++i) {
      const std::size_t row = i / kLanes, lane = i % kLanes;
      const auto x = static_cast<double>(load<T>(a, at + i));
      const auto y = static_cast<double>(load<T>(b, at + i));
      const double difference = x - y;
      group.differences[row][lane] = difference * difference;
      group.first[row][lane] = x * x;
      group.second[row][lane] = y * y;
      group.products[row][lane] = x * y;
      lanes->greatest[lane] = std::fmax(lanes->greatest[lane], std::fabs(difference));
      lanes->equal += x == y;
    }
    group.add_to(*lanes);
  }
}

}  // namespace

template <typename T>
bool compare(const std::byte* a, const std::byte* b, std::size_t values, PairSums* sums) noexcept {
  return compare_block<T>(compare_groups<T>, a, b, values, sums);
}

template bool compare<float>(const std::byte*, const std::byte*, std::size_t, PairSums*) noexcept;
template bool compare<double>(const std::byte*, const std::byte*, std::size_t, PairSums*) noexcept;

}  // namespace weightsieve::kernel::scalar
