// The k least keys of each group of elements go. A group lies within a tensor (a row, the tensor) or goes
// through all of them.
//
// Groups of few elements are decided when they are masked, by looking at them whole; larger ones and those
// that go through several tensors were cut beforehand.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "prune/decision.hpp"
#include "prune/key_cut.hpp"
#include "prune/key_source.hpp"
#include "prune/pass.hpp"

namespace weightsieve::prune {

/// How a tensor is divided into pieces: the parts of groups that lie in it.
struct Pieces {
  static constexpr std::size_t kUncut = SIZE_MAX;

  std::uint64_t elements = 1;      ///< of each piece
  std::uint64_t k = 0;             ///< how many elements of its group go
  std::size_t first_cut = kUncut;  ///< the cut of its first piece
  std::size_t cuts = 0;            ///< one a piece
};

class GroupDecision final : public Decision {
 public:
  /// One entry of `pieces` a tensor. Requires at most kMostKeys elements in an uncut piece.
  GroupDecision(std::shared_ptr<const KeySource> keys, std::vector<Pieces> pieces, std::vector<KeyCut> cuts)
      : keys_(std::move(keys)), pieces_(std::move(pieces)), cuts_(std::move(cuts)) {}

  std::unique_ptr<Marker> marker(SourcePool& files) const override;
  std::optional<double> threshold(std::size_t ordinal) const override;

 private:
  class GroupMarker;

  std::shared_ptr<const KeySource> keys_;
  std::vector<Pieces> pieces_;
  std::vector<KeyCut> cuts_;
};

/// One decision a level, with groups as the scope says. Reads the tensors as often as find_cuts() does, where
/// there are groups to cut. Throws Error{usage} for a count above a group's elements.
std::vector<std::shared_ptr<const Decision>> decide_in_groups(const PassContext& context,
                                                              std::span<const TensorInfo* const> tensors,
                                                              const PruneOptions& options,
                                                              const std::shared_ptr<const KeySource>& keys);

}  // namespace weightsieve::prune
