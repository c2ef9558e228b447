#include "weightsieve/encode/segment.hpp"

#include <algorithm>

namespace weightsieve {
namespace {

constexpr std::uint64_t kSegmentElements = std::uint64_t{1} << 20;
constexpr std::uint64_t kSharedBytes = std::uint64_t{1} << 20;

class Planner {
 public:
  Planner(std::span<const TensorInfo> tensors, std::uint64_t max_bytes)
      : tensors_(tensors), max_bytes_(max_bytes) {}

  std::vector<Segment> plan(std::uint64_t file_bytes) {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const bool is_repeat = tensors_[i].offset_bytes < end();  // tied to one before
      if (tensors_[i].bytes == 0 || is_repeat) continue;
      add_bytes(tensors_[i].offset_bytes);
      add(i);
    }
    add_bytes(file_bytes);
    return std::move(segments_);
  }

 private:
  std::uint64_t end() const {
    return segments_.empty() ? 0 : segments_.back().offset_bytes + segments_.back().bytes;
  }

  /// What is no tensor, up to `offset_bytes`.
  void add_bytes(std::uint64_t offset_bytes) {
    while (end() < offset_bytes) {
      Segment segment;
      segment.offset_bytes = end();
      segment.bytes = std::min(offset_bytes - segment.offset_bytes, kSharedBytes);
      segments_.push_back(segment);
    }
  }

  void add(std::size_t i) {
    if (joins(tensors_[i])) {
      segments_.back().bytes += tensors_[i].bytes;
      segments_.back().tensors = i + 1 - segments_.back().first_tensor;
      segments_.back().layout.row_units = 0;
    } else {
      cut(i);
    }
  }

  bool joins(const TensorInfo& tensor) const {
    if (segments_.empty() || segments_.back().tensors == 0) return false;
    const Segment& last = segments_.back();
    return tensors_[last.first_tensor].dtype == tensor.dtype && last.first_element == 0 &&
           last.bytes + tensor.bytes <= kSharedBytes;
  }

  void cut(std::size_t i) {
    const TensorInfo& tensor = tensors_[i];
    const std::uint64_t bits = dtype_info(tensor.dtype).bits;
    const std::uint64_t elements = std::min(kSegmentElements, max_bytes_ * 8 / bits);
    const std::uint64_t row = tensor.shape.empty() ? 0 : tensor.shape.back();
    for (std::uint64_t first = 0; first < tensor.elements; first += elements) {
      const std::uint64_t count = std::min(elements, tensor.elements - first);
      segments_.push_back({tensor.offset_bytes + first * bits / 8, (count * bits + 7) / 8,
                           chunk_layout(tensor.dtype, row), i, 1, first});
    }
  }

  std::span<const TensorInfo> tensors_;
  std::uint64_t max_bytes_;
  std::vector<Segment> segments_;
};

}  // namespace

std::vector<Segment> plan_segments(std::span<const TensorInfo> tensors, std::uint64_t file_bytes,
                                   std::uint64_t max_bytes) {
  return Planner(tensors, max_bytes).plan(file_bytes);
}

}  // namespace weightsieve
