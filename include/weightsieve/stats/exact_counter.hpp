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

  /// Counts values (not elements: a C64 holds two).
  void count(Bytes bytes, std::uint64_t values);

 private:
  void count_all(Bytes bytes, std::uint64_t values);
  template <typename T>
  void count_open(Bytes bytes, std::uint64_t values);
  template <typename T>
  void count_picked(const std::byte* picked, std::size_t count);
  void count_rest(double value, unsigned aspects);

  Dtype dtype_;
  std::optional<ExactTally> own_, total_;
  Aspects own_known_ = 0, total_known_ = 0;  ///< aspects of values that upper halves do not tell apart
  std::vector<std::uint8_t> open_;  ///< by upper half: aspects in own_ and, shifted, in total_; may be empty
  std::uint16_t window_ = 0;        ///< the codes that are best told apart, see KernelTable::pick
};

}  // namespace weightsieve
