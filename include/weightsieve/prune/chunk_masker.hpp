// Zeroes what a plan says, run of elements by run of elements. One per thread.
//
//     ChunkMasker masker(plan, level, files);
//     masker.mask(tensor, first_element, bytes);   // in place; counts come back
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "weightsieve/prune/prune_plan.hpp"

namespace weightsieve {

namespace prune {
class Marker;
}

/// What masking did to a run of elements. Sums of squares are over finite values, in double precision,
/// within 1e-14 of themselves; counts and sums of several runs add up (in order, for the same bits).
struct MaskCounts {
  std::uint64_t elements = 0;
  std::uint64_t zeros_before = 0;  ///< of both signs
  std::uint64_t zeroed = 0;        ///< elements that went, those that were zero already included
  std::uint64_t already_zero = 0;  ///< of `zeroed`
  std::uint64_t non_finite = 0;    ///< NaN and infinities: never pruned
  double energy = 0;               ///< Σx²
  double removed_energy = 0;       ///< Σx² of what went

  std::uint64_t zeros_after() const noexcept { return zeros_before + zeroed - already_zero; }
  void add(const MaskCounts& later) noexcept;
};

class ChunkMasker {
 public:
  /// `plan` and `files` must outlive the masker; `files` serves what a decision needs beside the run that is
  /// being masked (the rest of a row that the run cuts).
  ChunkMasker(const PrunePlan& plan, std::size_t level, SourcePool& files);
  ~ChunkMasker();

  /// Writes +0.0 over what goes of `bytes`, which are elements [first_element, …) of the checkpoint's tensor
  /// `tensor`, whole elements, as the input holds them. Any run is fine; chunks of 2^20 elements from the
  /// tensor's first on are fastest and give sums of the same bits each time. A tensor that the plan does not
  /// touch stays as it is and all counts but `elements` are 0.
  MaskCounts mask(std::size_t tensor, std::uint64_t first_element, std::span<std::byte> bytes);

  /// The same counts without writing.
  MaskCounts count(std::size_t tensor, std::uint64_t first_element, Bytes bytes);

 private:
  /// Fills drop_; false (and drop_ of that size) where the plan does not touch the tensor.
  bool mark(std::size_t tensor, std::uint64_t first_element, Bytes bytes);

  const PrunePlan* plan_;
  std::unique_ptr<prune::Marker> marker_;
  std::vector<std::uint8_t> drop_;  ///< one an element of a block
};

}  // namespace weightsieve
