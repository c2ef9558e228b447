#include "format/chunk_cover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

/// Honest chunks of a tensor are a grid, in which pairs that meet along the best dimension are few.
constexpr std::uint64_t kMaxPairs = 100'000'000;

std::uint64_t begin_of(const DcpChunk& chunk, std::size_t i) { return chunk.begin[i]; }
std::uint64_t end_of(const DcpChunk& chunk, std::size_t i) { return chunk.begin[i] + chunk.sizes[i]; }

/// Pairs of chunks whose ranges meet along one dimension.
struct Meeting {
  std::size_t dimension = 0;
  std::uint64_t pairs = std::numeric_limits<std::uint64_t>::max();
};

std::uint64_t count_pairs(std::span<const DcpChunk> chunks, std::size_t dimension) {
  std::vector<std::uint64_t> begins;
  begins.reserve(chunks.size());
  for (const DcpChunk& chunk : chunks)
    begins.push_back(begin_of(chunk, dimension));
  std::ranges::sort(begins);
  // Each chunk meets those that begin before it ends, of which those that begin before it does meet it too:
  // every pair is counted from the one that begins first, and pairs that begin together from both.
  std::uint64_t pairs = 0;
  for (const DcpChunk& chunk : chunks) {
    const auto first = std::ranges::lower_bound(begins, begin_of(chunk, dimension));
    const auto last = std::ranges::lower_bound(begins, end_of(chunk, dimension));
    pairs += static_cast<std::uint64_t>(last - first) - 1;
  }
  return pairs;
}

Meeting fewest_pairs(const Shape& sizes, std::span<const DcpChunk> chunks) {
  Meeting best;
  for (std::size_t i = 0; i < sizes.size() && best.pairs > 0; ++i)
    if (const std::uint64_t pairs = count_pairs(chunks, i); pairs < best.pairs) best = {i, pairs};
  return best;
}

bool overlap(const DcpChunk& a, const DcpChunk& b) {
  for (std::size_t i = 0; i < a.begin.size(); ++i)
    if (begin_of(a, i) >= end_of(b, i) || begin_of(b, i) >= end_of(a, i)) return false;
  return true;
}

using Pair = std::pair<const DcpChunk*, const DcpChunk*>;

/// Two chunks that share elements. Only those that meet along `dimension` are looked at.
std::optional<Pair> find_overlap(std::span<const DcpChunk> chunks, std::size_t dimension) {
  std::vector<const DcpChunk*> order;
  order.reserve(chunks.size());
  for (const DcpChunk& chunk : chunks)
    order.push_back(&chunk);
  std::ranges::stable_sort(order, {}, [&](const DcpChunk* chunk) { return begin_of(*chunk, dimension); });
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t k = i + 1;
         k < order.size() && begin_of(*order[k], dimension) < end_of(*order[i], dimension); ++k)
      if (overlap(*order[i], *order[k])) return Pair{order[i], order[k]};
  return std::nullopt;
}

std::optional<std::string> volume_fault(const Shape& sizes, std::span<const DcpChunk> chunks) {
  const std::uint64_t whole = element_count(sizes).value_or(0);
  std::optional<std::uint64_t> sum = 0;
  for (const DcpChunk& chunk : chunks)
    if (sum) sum = checked_add(*sum, element_count(chunk.sizes).value_or(0));
  if (sum == whole) return std::nullopt;
  return fmt::format("its {} chunks have {} elements; {} has {}", grouped(chunks.size()),
                     sum ? grouped(*sum) : "more than 2^64", to_string(sizes), grouped(whole));
}

}  // namespace

std::optional<std::string> cover_fault(const Shape& sizes, std::span<const DcpChunk> chunks) {
  if (chunks.size() > 1 && !sizes.empty()) {
    const Meeting meeting = fewest_pairs(sizes, chunks);
    if (meeting.pairs > kMaxPairs) return "its chunks lie across each other as those of no grid do";
    if (const auto found = find_overlap(chunks, meeting.dimension))
      return fmt::format("its chunks {} at {} and {} at {} overlap", to_string(found->first->sizes),
                         to_string(found->first->begin), to_string(found->second->sizes),
                         to_string(found->second->begin));
  }
  // Chunks that do not overlap and have as many elements as the tensor leave no hole.
  return volume_fault(sizes, chunks);
}

}  // namespace weightsieve::format
