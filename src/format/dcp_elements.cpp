#include "format/dcp_elements.hpp"

#include <algorithm>

#include "format/torch_elements.hpp"

namespace weightsieve::format {
namespace {

/// Whether a chunk's elements are neighbours in its tensor.
bool is_run(const DcpChunk& chunk, const Shape& sizes) {
  std::size_t i = 0;
  while (i < sizes.size() && chunk.sizes[i] == 1)
    ++i;
  for (++i; i < sizes.size(); ++i)
    if (chunk.sizes[i] != sizes[i]) return false;
  return true;
}

std::vector<Elements> runs(const DcpTensor& tensor, const DcpFiles& files) {
  std::vector<const DcpChunk*> order;
  for (const DcpChunk& chunk : tensor.chunks)
    order.push_back(&chunk);
  std::ranges::sort(order, {}, [](const DcpChunk* chunk) -> const Shape& { return chunk->begin; });
  std::vector<Elements> all;
  for (const DcpChunk* chunk : order) {
    const StoredChunk& stored = *files.chunk(chunk->item);
    all.push_back(elements_of(stored.view, stored.stretch, stored.big_endian));
  }
  return all;
}

std::optional<ElementLayout> boxes(const DcpTensor& tensor, const DcpFiles& files) {
  ElementLayout layout;
  for (const DcpChunk& chunk : tensor.chunks) {
    const StoredChunk& stored = *files.chunk(chunk.item);
    ElementLayout one = layout_of(stored.view, stored.stretch, stored.big_endian);
    ElementLayout::Box& box = one.boxes.front();
    for (std::size_t i = 0; i < chunk.begin.size(); ++i)
      box.dimensions[i].begin = chunk.begin[i];
    if (layout.boxes.empty()) {
      layout = std::move(one);
    } else if (one.swapped_bytes == layout.swapped_bytes) {
      layout.boxes.push_back(std::move(box));
    } else {
      return std::nullopt;
    }
  }
  layout.sizes = tensor.sizes;
  return layout;
}

}  // namespace

std::optional<std::vector<Elements>> elements_of(const DcpTensor& tensor, const DcpFiles& files) {
  const bool in_runs =
      std::ranges::all_of(tensor.chunks, [&](const DcpChunk& chunk) { return is_run(chunk, tensor.sizes); });
  if (in_runs) return runs(tensor, files);
  auto layout = boxes(tensor, files);
  if (!layout) return std::nullopt;
  const std::uint64_t bytes = element_count(tensor.sizes).value_or(0) * layout->element_bytes;
  return std::vector{Elements{bytes, 0, 0, std::move(layout)}};
}

}  // namespace weightsieve::format
