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

#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/prune/prune_plan.hpp"

namespace weightsieve {

namespace prune {
class Marker;
}

class ChunkMasker {
 public:
  /// `plan` and `files` must outlive the masker; `files` serves what a decision needs beside the run that is
  /// being masked (the rest of a row that the run cuts).
  ChunkMasker(const PrunePlan& plan, std::size_t level, SourcePool& files);
  ~ChunkMasker();

  /// Writes +0.0 over what goes of `bytes`, which are elements [first_element, …) of the checkpoint's tensor
  /// `tensor`, whole elements, as the input holds them. Any run is fine; chunks of 2^20 elements from the
  /// tensor's first on are fastest. Counts what it did; sums of squares are left 0 (predict_prune() has
  /// them). A tensor that the plan does not touch stays as it is, and all counts but `elements` are 0.
  MaskCounts mask(std::size_t tensor, std::uint64_t first_element, std::span<std::byte> bytes);

 private:
  /// Fills drop_; false (and drop_ of that size) where the plan does not touch the tensor.
  bool mark(std::size_t tensor, std::uint64_t first_element, Bytes bytes);

  const PrunePlan* plan_;
  std::unique_ptr<prune::Marker> marker_;
  std::vector<std::uint8_t> drop_;  ///< one an element of a block
};

}  // namespace weightsieve
