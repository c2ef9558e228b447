#include "weightsieve/prune/chunk_masker.hpp"

#include <algorithm>

#include "prune/decision.hpp"
#include "prune/zero_block.hpp"

namespace weightsieve {

ChunkMasker::ChunkMasker(const PrunePlan& plan, std::size_t level, SourcePool& files)
    : plan_(&plan), marker_(plan.decisions_[level]->marker(files)) {}

ChunkMasker::~ChunkMasker() = default;

bool ChunkMasker::mark(std::size_t tensor, std::uint64_t first_element, Bytes bytes) {
  const auto ordinal = plan_->ordinal(tensor);
  const TensorInfo& info = plan_->checkpoint().tensors[tensor];
  const std::uint64_t elements = bytes.size() * 8 / dtype_info(info.dtype).bits;
  drop_.resize(elements);
  if (!ordinal) return false;
  marker_->mark({*ordinal, &info, first_element, elements, bytes}, drop_);
  return true;
}

MaskCounts ChunkMasker::mask(std::size_t tensor, std::uint64_t first_element, std::span<std::byte> bytes) {
  const bool touched = mark(tensor, first_element, bytes);
  MaskCounts counts;
  counts.elements = drop_.size();
  if (!touched) return counts;
  const Dtype dtype = plan_->checkpoint().tensors[tensor].dtype;
  counts = prune::count_dropped(dtype, bytes, drop_);
  if (counts.zeroed != 0) prune::zero_dropped(dtype, bytes, drop_);
  return counts;
}

}  // namespace weightsieve
