#include "prune/unit_counts.hpp"

#include <algorithm>

namespace weightsieve::prune {

bool GroupCounts::join(const GroupCounts& later) {
  for (const auto& [dtype, more] : later.by_dtype)
    of(dtype).merge(more);
  return true;
}

void GroupCounts::write(WireWriter& out) const {
  out.count(by_dtype.size());
  for (const auto& [dtype, counts] : by_dtype)
    counts.write(out);
}

GroupCounts GroupCounts::read(WireReader& in) {
  GroupCounts counts;
  for (std::size_t left = in.length(); left > 0; --left) {
    const MagnitudeCounts more = MagnitudeCounts::read(in);
    counts.of(more.dtype()).merge(more);
  }
  return counts;
}

bool UnitBins::join(const UnitBins& later) {
  for (std::size_t i = 0; i < bins.size(); ++i)
    if (later.bins[i] > UINT32_MAX - bins[i]) return false;
  for (std::size_t i = 0; i < bins.size(); ++i)
    bins[i] += later.bins[i];
  return true;
}

void UnitBins::write(WireWriter& out) const {
  out.count(bins.size() / kBins);
  out.counts(std::span<const std::uint32_t>(bins));
}

UnitBins UnitBins::read(WireReader& in) {
  UnitBins read;
  read.bins.resize(static_cast<std::size_t>(in.count(KeySearch::kMostRanges)) * kBins);
  in.add_counts(std::span(read.bins));
  return read;
}

bool UnitTies::join(UnitTies& later) {
  std::ranges::move(later.chunks, std::back_inserter(chunks));
  return true;
}

void UnitTies::write(WireWriter& out) const {
  out.count(chunks.size());
  for (const ChunkTies& chunk : chunks) {
    for (const std::uint64_t number : {std::uint64_t{chunk.piece}, chunk.first, chunk.elements})
      out.count(number);
    out.count(chunk.counts.size());
    for (const std::uint64_t count : chunk.counts)
      out.count(count);
  }
}

UnitTies UnitTies::read(WireReader& in) {
  UnitTies ties;
  for (std::size_t left = in.length(); left > 0; --left) {
    ChunkTies& chunk = ties.chunks.emplace_back();
    chunk.piece = static_cast<std::size_t>(in.count());
    chunk.first = in.count();
    chunk.elements = in.count();
    for (std::size_t levels = in.length(); levels > 0; --levels)
      chunk.counts.push_back(in.count());
  }
  return ties;
}

}  // namespace weightsieve::prune
