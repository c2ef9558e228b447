#include "format/element_gather.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace weightsieve::format {
namespace {

constexpr std::uint64_t kMaxRunBytes = std::uint64_t{1} << 20;

/// A dimension of a box of elements: how far neighbours are apart here and there, in elements.
struct Extent {
  std::uint64_t size;
  std::uint64_t from_stride;
  std::uint64_t to_stride;
};

class Gatherer {
 public:
  Gatherer(const ElementLayout& layout, Cursor& cursor, std::uint64_t origin_bytes, std::byte* out)
      : layout_(layout), cursor_(cursor), origin_(origin_bytes), out_(out), width_(layout.element_bytes) {
    rows_.assign(layout.dimensions.size() + 1, 1);
    for (std::size_t i = layout.dimensions.size(); i-- > 0;)
      rows_[i] = rows_[i + 1] * layout.dimensions[i].size;
  }

  /// Elements [first, end) inside the sub-tensor that is left when the first `depth` indices are fixed;
  /// `from` is where its first element lies, in elements from the origin.
  void range(std::size_t depth, std::uint64_t from, std::uint64_t first, std::uint64_t end) {
    if (first == end) return;
    if (first == 0 && end == rows_[depth]) return box(depth, from, 1);
    const std::uint64_t row = rows_[depth + 1];
    const std::uint64_t stride = layout_.dimensions[depth].stride;
    const std::uint64_t first_row = first / row;
    const std::uint64_t last_row = end / row;
    if (first_row == last_row) return range(depth + 1, from + first_row * stride, first % row, end % row);
    const std::uint64_t whole = first_row + (first % row != 0 ? 1 : 0);
    if (first % row != 0) range(depth + 1, from + first_row * stride, first % row, row);
    if (whole < last_row) box(depth + 1, from + whole * stride, last_row - whole, stride);
    range(depth + 1, from + last_row * stride, 0, end % row);
  }

 private:
  /// `count` sub-tensors with the first `depth` indices fixed, `stride` apart.
  void box(std::size_t depth, std::uint64_t from, std::uint64_t count, std::uint64_t stride = 0) {
    std::vector<Extent> extents;
    if (count > 1) extents.push_back({count, stride, rows_[depth]});
    for (std::size_t i = depth; i < layout_.dimensions.size(); ++i)
      if (layout_.dimensions[i].size > 1)
        extents.push_back({layout_.dimensions[i].size, layout_.dimensions[i].stride, rows_[i + 1]});
    std::ranges::stable_sort(extents, std::ranges::greater(), &Extent::from_stride);
    if (extents.empty()) extents.push_back({1, 1, 1});
    copy(extents, from, out_);
    out_ += count * rows_[depth] * width_;
  }

  void copy(std::span<const Extent> extents, std::uint64_t from, std::byte* to) {
    const Extent& outer = extents.front();
    if (extents.size() == 1) return copy_run(outer, from, to);
    for (std::uint64_t i = 0; i < outer.size; ++i)
      copy(extents.subspan(1), from + i * outer.from_stride, to + i * outer.to_stride * width_);
  }

  void copy_run(const Extent& run, std::uint64_t from, std::byte* to) {
    const std::uint64_t step = run.from_stride * width_;
    const std::uint64_t at_once = step == 0 ? run.size : std::max<std::uint64_t>(1, kMaxRunBytes / step);
    for (std::uint64_t first = 0; first < run.size; first += at_once) {
      const std::uint64_t count = std::min(at_once, run.size - first);
      const std::uint64_t begin = origin_ + from * width_ + first * step;
      const Bytes bytes = cursor_.view(begin, static_cast<std::size_t>((count - 1) * step + width_));
      for (std::uint64_t i = 0; i < count; ++i)
        put(bytes.data() + i * step, to + (first + i) * run.to_stride * width_);
    }
  }

  void put(const std::byte* from, std::byte* to) const {
    std::memcpy(to, from, width_);
    if (layout_.swapped_bytes == 1) return;
    for (std::size_t at = 0; at < width_; at += layout_.swapped_bytes)
      std::reverse(to + at, to + at + layout_.swapped_bytes);
  }

  const ElementLayout& layout_;
  Cursor& cursor_;
  std::uint64_t origin_;
  std::byte* out_;
  std::size_t width_;
  std::vector<std::uint64_t> rows_;  ///< elements of a sub-tensor with the first i indices fixed
};

}  // namespace

void gather(const ElementLayout& layout, Cursor& cursor, std::uint64_t origin_bytes, std::uint64_t first,
            std::uint64_t count, std::span<std::byte> out) {
  Gatherer(layout, cursor, origin_bytes, out.data()).range(0, 0, first, first + count);
}

}  // namespace weightsieve::format
