#include "format/element_gather.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "format/row_major.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint64_t kMaxRunBytes = std::uint64_t{1} << 20;

/// A dimension of a box of elements: how far neighbours are apart here and there, in elements.
struct Extent {
  std::uint64_t size;
  std::uint64_t from_stride;
  std::uint64_t to_stride;
};

/// Copies boxes of elements of one width.
class BoxCopier {
 public:
  explicit BoxCopier(const ElementLayout& layout)
      : width_(layout.element_bytes), swapped_bytes_(layout.swapped_bytes) {}

  /// `from` is in the stretch, in bytes.
  void copy(std::vector<Extent> extents, const StretchView& stretch, std::uint64_t from,
            std::byte* to) const {
    std::erase_if(extents, [](const Extent& extent) { return extent.size == 1; });
    std::ranges::stable_sort(extents, std::ranges::greater(), &Extent::from_stride);
    if (extents.empty()) extents.push_back({1, 1, 1});
    copy_nested(extents, stretch.cursor, stretch.origin_bytes + from, to);
  }

 private:
  void copy_nested(std::span<const Extent> extents, Cursor& cursor, std::uint64_t from, std::byte* to) const {
    const Extent& outer = extents.front();
    if (extents.size() == 1) return copy_run(outer, cursor, from, to);
    for (std::uint64_t i = 0; i < outer.size; ++i)
      copy_nested(extents.subspan(1), cursor, from + i * outer.from_stride * width_,
                  to + i * outer.to_stride * width_);
  }

  void copy_run(const Extent& run, Cursor& cursor, std::uint64_t from, std::byte* to) const {
    const std::uint64_t step = run.from_stride * width_;
    const std::uint64_t at_once = step == 0 ? run.size : std::max<std::uint64_t>(1, kMaxRunBytes / step);
    for (std::uint64_t first = 0; first < run.size; first += at_once) {
      const std::uint64_t count = std::min(at_once, run.size - first);
      const Bytes bytes =
          cursor.view(from + first * step, static_cast<std::size_t>((count - 1) * step + width_));
      std::byte* const begin = to + first * run.to_stride * width_;
      if (run.from_stride == 1 && run.to_stride == 1 && swapped_bytes_ == 1) {
        std::memcpy(begin, bytes.data(), bytes.size());
        continue;
      }
      for (std::uint64_t i = 0; i < count; ++i)
        put(bytes.data() + i * step, begin + i * run.to_stride * width_);
    }
  }

  void put(const std::byte* from, std::byte* to) const {
    std::memcpy(to, from, width_);
    if (swapped_bytes_ == 1) return;
    for (std::size_t at = 0; at < width_; at += swapped_bytes_)
      std::reverse(to + at, to + at + swapped_bytes_);
  }

  std::size_t width_;
  unsigned swapped_bytes_;
};

/// What a box has of a range of its tensor's elements.
struct Overlap {
  std::vector<Extent> extents;
  std::uint64_t from = 0;  ///< elements from the box's first
  std::uint64_t to = 0;    ///< elements from the tensor's first
};

std::optional<Overlap> overlap(const ElementLayout::Box& box, std::span<const IndexRange> wanted,
                               std::span<const std::uint64_t> rows) {
  const auto& dimensions = box.dimensions;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].begin >= dimensions[i].begin + dimensions[i].size || wanted[i].end <= dimensions[i].begin)
      return std::nullopt;
  Overlap found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::uint64_t begin = std::max(wanted[i].begin, dimensions[i].begin);
    const std::uint64_t end = std::min(wanted[i].end, dimensions[i].begin + dimensions[i].size);
    found.extents.push_back({end - begin, dimensions[i].stride, rows[i + 1]});
    found.from += (begin - dimensions[i].begin) * dimensions[i].stride;
    found.to += begin * rows[i + 1];
  }
  return found;
}

}  // namespace

void gather(const ElementLayout& layout, const OpenStretch& open, std::uint64_t first, std::uint64_t count,
            std::span<std::byte> out) {
  const std::vector<std::uint64_t> rows = row_sizes(layout.sizes);
  const auto wanted = boxes_of(layout.sizes, first, first + count);
  const BoxCopier copier(layout);
  for (const ElementLayout::Box& box : layout.boxes) {
    std::optional<StretchView> stretch;
    for (const std::vector<IndexRange>& range : wanted) {
      auto found = overlap(box, range, rows);
      if (!found) continue;
      if (!stretch) stretch.emplace(open(box.stretch));
      copier.copy(std::move(found->extents), *stretch, box.first_byte + found->from * layout.element_bytes,
                  out.data() + (found->to - first) * layout.element_bytes);
    }
  }
}

}  // namespace weightsieve::format
