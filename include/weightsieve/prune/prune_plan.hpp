// What a pruning run decided before it writes: for every element of a checkpoint, whether it goes.
//
// plan_prune() streams the selected tensors as often as the method needs (magnitude: two or three times) and
// keeps a few bytes a tensor. With the plan, ChunkMasker zeroes any run of elements of any tensor alone: in
// any order, on any thread, at any level. A plan is immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/prune/prune_options.hpp"
#include "weightsieve/prune/prune_selection.hpp"

namespace weightsieve {

namespace prune {
class Decision;
}

struct PruneTable;

class PrunePlan {
 public:
  /// The checkpoint that the plan was made for; it must outlive the plan.
  const Checkpoint& checkpoint() const noexcept { return *checkpoint_; }

  /// One for each of the options' amounts, in that order (`nm`: one).
  std::size_t levels() const noexcept { return decisions_.size(); }

  /// Indices of the tensors that are pruned, ascending. The bytes of all others stay as they are.
  std::span<const std::size_t> tensors() const noexcept { return tensors_; }
  bool touches(std::size_t tensor) const noexcept { return ordinal(tensor).has_value(); }

  /// What the selection left alone, and what the method cannot prune.
  const std::vector<SkippedTensor>& left_alone() const noexcept { return left_alone_; }

  /// Elements of the tensors that are pruned.
  std::uint64_t elements() const noexcept { return elements_; }

  /// The magnitude below which all finite elements of a tensor go at a level and above which all stay;
  /// nothing where no single one is, or nothing goes. Infinity where all finite elements go.
  std::optional<double> threshold(std::size_t level, std::size_t tensor) const;

 private:
  friend class ChunkMasker;
  friend PruneTable predict_prune(const PrunePlan& plan, std::span<const PruneAmount> amounts,
                                  SourcePool& files, const PassControl& control);
  friend PrunePlan plan_prune(const Checkpoint& checkpoint, SourcePool& files,
                              const PruneSelection& selection, const PruneOptions& options,
                              const PassControl& control);

  PrunePlan(const Checkpoint& checkpoint, const PruneSelection& selection, PruneMethod method);

  /// Where a tensor stands among the pruned ones.
  std::optional<std::size_t> ordinal(std::size_t tensor) const noexcept;

  const Checkpoint* checkpoint_;
  std::vector<std::size_t> tensors_;
  std::vector<SkippedTensor> left_alone_;
  std::uint64_t elements_ = 0;
  std::vector<std::shared_ptr<const prune::Decision>> decisions_;  ///< by level
};

/// Finds what goes. The result is a function of the bytes, the selection and the options: never of threads or
/// way of reading. Memory: 64 MiB + 24 MiB a thread. `files` is what open_files() made of the checkpoint.
/// Throws Error: usage (amounts out of range, options that do not fit together), unreadable, changed,
/// malformed (a score file), cancelled.
PrunePlan plan_prune(const Checkpoint& checkpoint, SourcePool& files, const PruneSelection& selection,
                     const PruneOptions& options, const PassControl& control = {});

}  // namespace weightsieve
