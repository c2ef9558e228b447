#include <fmt/format.h>

#include <algorithm>

#include "prune/find_cuts.hpp"
#include "prune/group_decision.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::prune {
namespace {

/// Divides the tensors into groups and cuts those that are too large to be decided while they are masked.
class GroupPlanner {
 public:
  GroupPlanner(std::span<const TensorInfo* const> tensors, const PruneOptions& options)
      : tensors_(tensors), options_(options) {}

  std::vector<std::shared_ptr<const Decision>> decide(const PassContext& context,
                                                      const std::shared_ptr<const KeySource>& keys) {
    if (options_.scope == PruneScope::global) {
      one_group();
    } else {
      groups_in_tensors();
    }
    const std::size_t levels = options_.amounts.size();
    const std::vector<KeyCut> cuts = find_cuts(context, *keys, cut_pieces_, ks_, levels);
    std::vector<std::shared_ptr<const Decision>> decisions;
    for (std::size_t level = 0; level < levels; ++level) {
      std::vector<KeyCut> of_level;
      for (std::size_t i = level; i < cuts.size(); i += levels)
        of_level.push_back(cuts[i]);
      decisions.push_back(std::make_shared<GroupDecision>(keys, pieces_at(level), std::move(of_level)));
    }
    return decisions;
  }

 private:
  void one_group() {
    std::uint64_t elements = 0;
    for (std::size_t ordinal = 0; ordinal < tensors_.size(); ++ordinal) {
      const TensorInfo& tensor = tensor_of(ordinal);
      pieces_.push_back({std::max<std::uint64_t>(tensor.elements, 1), 0, ordinal, 1});
      cut_pieces_.push_back({ordinal, &tensor, 0, tensor.elements, 0});
      elements += tensor.elements;
    }
    if (!tensors_.empty()) add_group(elements);
  }

  void groups_in_tensors() {
    for (std::size_t ordinal = 0; ordinal < tensors_.size(); ++ordinal) {
      const TensorInfo& tensor = tensor_of(ordinal);
      Pieces pieces{std::max<std::uint64_t>(elements_of_piece(tensor), 1)};
      check_amounts(tensor, elements_of_piece(tensor));
      if (pieces.elements > kMostKeys) {
        pieces.first_cut = cut_pieces_.size();
        pieces.cuts = tensor.elements / pieces.elements;
        for (std::size_t i = 0; i < pieces.cuts; ++i) {
          cut_pieces_.push_back({ordinal, &tensor, i * pieces.elements, pieces.elements, cut_pieces_.size()});
          add_group(pieces.elements);
        }
      }
      pieces_.push_back(pieces);
    }
  }

  std::uint64_t elements_of_piece(const TensorInfo& tensor) const {
    const bool by_rows =
        options_.scope == PruneScope::row && tensor.shape.size() >= 2 && tensor.elements != 0;
    return by_rows ? tensor.elements / tensor.shape[0] : tensor.elements;
  }

  const TensorInfo& tensor_of(std::size_t ordinal) const { return *tensors_[ordinal]; }

  void add_group(std::uint64_t elements) {
    for (const PruneAmount& amount : options_.amounts)
      ks_.push_back(elements_to_prune(amount, elements));
  }

  /// Says which tensor is too small for a count.
  void check_amounts(const TensorInfo& tensor, std::uint64_t elements) const {
    for (const PruneAmount& amount : options_.amounts) {
      if (amount.count.value_or(0) <= elements) continue;
      throw Error(ErrorCode::usage, fmt::format("cannot prune {} of {} elements", *amount.count, elements),
                  {.tensor = tensor.name});
    }
  }

  std::vector<Pieces> pieces_at(std::size_t level) const {
    std::vector<Pieces> pieces = pieces_;
    for (Pieces& one : pieces) {
      if (one.first_cut == Pieces::kUncut) {
        one.k = elements_to_prune(options_.amounts[level], one.elements);
      } else {
        one.k = ks_[cut_pieces_[one.first_cut].group * options_.amounts.size() + level];
      }
    }
    return pieces;
  }

  std::span<const TensorInfo* const> tensors_;
  const PruneOptions& options_;
  std::vector<Pieces> pieces_;     ///< by tensor
  std::vector<Piece> cut_pieces_;  ///< of the groups that are cut beforehand
  std::vector<std::uint64_t> ks_;  ///< [group × levels + level]
};

}  // namespace

std::vector<std::shared_ptr<const Decision>> decide_in_groups(const PassContext& context,
                                                              std::span<const TensorInfo* const> tensors,
                                                              const PruneOptions& options,
                                                              const std::shared_ptr<const KeySource>& keys) {
  return GroupPlanner(tensors, options).decide(context, keys);
}

}  // namespace weightsieve::prune
