#include "ops/segment_reader.hpp"

namespace weightsieve {

SegmentReader::SegmentReader(SourcePool& files, const std::optional<PruneLevel>& prune) : files_(&files) {
  if (!prune) return;
  plan_ = prune->plan;
  masker_.emplace(*prune->plan, prune->level, files);
}

Bytes SegmentReader::read(std::size_t file, std::size_t first_tensor, const Segment& segment,
                          MaskCounts& counts) {
  const Bytes content = view(file, segment);
  const std::size_t first = first_tensor + segment.first_tensor;
  const std::size_t end = first + segment.tensors;
  if (!is_pruned(first, end)) return content;
  buffer_.assign(content.begin(), content.end());
  if (segment.tensors == 1) {
    counts.add(masker_->mask(first, segment.first_element, buffer_));
    return buffer_;
  }
  for (std::size_t i = first; i < end; ++i) {
    const TensorInfo& tensor = plan_->checkpoint().tensors[i];
    if (!plan_->touches(i)) continue;
    const auto at = static_cast<std::size_t>(tensor.offset_bytes - segment.offset_bytes);
    const auto length = static_cast<std::size_t>(tensor.bytes);
    counts.add(masker_->mask(i, 0, std::span(buffer_).subspan(at, length)));
  }
  return buffer_;
}

Bytes SegmentReader::view(std::size_t file, const Segment& segment) {
  if (!cursor_ || open_file_ != file) {
    cursor_.reset();
    source_ = files_->open(file);
    cursor_ = source_->cursor();
    open_file_ = file;
  }
  return cursor_->view(segment.offset_bytes, static_cast<std::size_t>(segment.bytes));
}

bool SegmentReader::is_pruned(std::size_t first, std::size_t end) const {
  for (std::size_t i = first; plan_ != nullptr && i < end; ++i)
    if (plan_->touches(i)) return true;
  return false;
}

}  // namespace weightsieve
