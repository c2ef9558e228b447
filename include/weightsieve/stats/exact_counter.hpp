// Reads tensors again for a further pass of `exact`: one thread's loop over the values that are still open,
// in the search of their tensor and in that of all parameters together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/stats/exact_search.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// What one thread counts of one stretch of a tensor. Searches are between begin_pass() and end_pass() as
/// long as it lives; destroying it hands over what it counted.
class ExactCounter {
 public:
  /// Either search may be null. Requires a dtype of more than 16 bits.
  ExactCounter(Dtype dtype, ExactSearch* own, ExactSearch* total);
  ~ExactCounter();
  ExactCounter(const ExactCounter&) = delete;
  ExactCounter& operator=(const ExactCounter&) = delete;

  /// Counts values (not elements: a C64 holds two).
  void count(Bytes bytes, std::uint64_t values);

 private:
  /// An upper half, and its values cut in two by an edge of either histogram: `counts` of those whose lower
  /// half is (1) not below that of the edge of the own one, (2) of the total's, (3) of both.
  struct Half {
    std::uint16_t own_from = 0, total_from = 0;
    std::uint16_t upper = 0;
    std::uint8_t rest = 0;  ///< aspects in own_ and, shifted, in total_ that are counted value by value
    std::uint32_t counts[4] = {};
  };

  /// Where the counts of one Half go in one histogram: values near zero, values far from it.
  struct Cut {
    std::size_t half;
    bool in_total;
    std::size_t near, far;
  };

  void add(const ExactSearch& search, bool is_total);
  void add(const OpenCode& open, bool is_total);
  void count_all(Bytes bytes, std::uint64_t values);
  template <typename T>
  void count_open(Bytes bytes, std::uint64_t values);
  std::size_t count_cut(std::byte* picked, std::size_t count) noexcept;
  std::size_t keep_lower_halves(std::byte* picked, std::size_t count);
  template <typename T>
  void count_singly(const std::byte* picked, std::size_t count);
  template <typename T>
  unsigned rest_of(const std::byte* value) const noexcept;
  void count_rest(double value, unsigned aspects);
  void hand_over_cuts() noexcept;
  void hand_over_lower_halves(std::size_t at_least);

  Dtype dtype_;
  std::optional<ExactTally> own_, total_;
  Aspects own_known_ = 0, total_known_ = 0;  ///< aspects of values that upper halves do not tell apart
  std::vector<std::uint8_t> open_;           ///< by upper half: whether its values must be seen; may be empty
  std::size_t greatest_open_ = 0;            ///< greatest magnitude of them
  std::uint16_t window_ = 0;                 ///< the codes that are best told apart, see KernelTable::pick
  std::vector<Half> halves_;
  std::vector<std::uint16_t> half_of_;             ///< by upper half: index into halves_
  std::vector<std::vector<std::uint16_t>> lower_;  ///< by index into halves_: kept for their ranks
  std::vector<Cut> cuts_;
};

}  // namespace weightsieve
