// Segments of a checkpoint's files as they are to be written: read, and what a plan prunes zeroed. One a
// thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "weightsieve/encode/segment.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/prune/chunk_masker.hpp"

namespace weightsieve {

/// What is pruned: one level of a plan.
struct PruneLevel {
  const PrunePlan* plan;
  std::size_t level;
};

class SegmentReader {
 public:
  /// `files` and the plan must outlive the reader; without a plan nothing is pruned.
  SegmentReader(SourcePool& files, const std::optional<PruneLevel>& prune);

  /// The content of a segment of file `file`, whose tensors begin at `first_tensor` of the checkpoint's;
  /// valid until the next call. `counts` gets what the mask did.
  Bytes read(std::size_t file, std::size_t first_tensor, const Segment& segment, MaskCounts& counts);

 private:
  Bytes view(std::size_t file, const Segment& segment);
  bool is_pruned(std::size_t first, std::size_t end) const;

  SourcePool* files_;
  const PrunePlan* plan_ = nullptr;
  std::optional<ChunkMasker> masker_;
  std::size_t open_file_ = 0;
  std::shared_ptr<const Source> source_;
  std::unique_ptr<Cursor> cursor_;
  std::vector<std::byte> buffer_;
};

}  // namespace weightsieve
