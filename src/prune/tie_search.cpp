#include "prune/tie_search.hpp"

#include <algorithm>
#include <atomic>

#include "prune/unit_counts.hpp"

namespace weightsieve::prune {
namespace {

constexpr std::uint64_t kEverywhere = UINT64_MAX;

/// The last tie of a group that goes is the `remaining`-th in the chunk that begins at `first`.
struct TiePlace {
  std::size_t group = 0;
  std::size_t level = 0;
  std::size_t piece = 0;
  std::uint64_t first = 0;
  std::uint64_t elements = 0;
  std::uint64_t remaining = 0;
};

class TieSearch {
 public:
  TieSearch(const KeyPass& pass, std::span<const Piece> pieces, std::span<const KeyLimit> limits,
            std::size_t levels)
      : pass_(pass), pieces_(pieces), limits_(limits), levels_(levels) {}

  std::vector<KeyCut> cuts() const { return cuts_at(find_tie_places()); }

 private:
  /// How many ties at each level of each group are still to be found before the last that goes; 0 where all
  /// go.
  std::vector<std::uint64_t> wanted_ties() const {
    std::vector<std::uint64_t> wanted;
    wanted.reserve(limits_.size());
    for (const KeyLimit& limit : limits_)
      wanted.push_back(limit.taken < limit.ties ? limit.taken : 0);
    return wanted;
  }

  std::span<std::uint64_t> of_group(std::vector<std::uint64_t>& by_level, std::size_t group) const {
    return std::span(by_level).subspan(group * levels_, levels_);
  }

  std::vector<TiePlace> find_tie_places() const {
    std::vector<std::uint64_t> wanted = wanted_ties();
    const auto any_wanted = [&](std::size_t group) {
      return std::ranges::any_of(of_group(wanted, group), [](std::uint64_t left) { return left != 0; });
    };
    std::vector<std::size_t> origin;
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (!any_wanted(pieces_[i].group)) continue;
      pieces.push_back(pieces_[i]);
      origin.push_back(i);
    }
    std::vector<TiePlace> places;
    std::atomic<std::size_t> settled_group{SIZE_MAX};
    const auto work = [&](KeyWorker& worker, const WorkUnit& unit) {
      if (settled_group == pieces[unit.first_tensor].group) return UnitTies{};
      return ties_of_unit(worker, pieces, unit);
    };
    const auto merge = [&](const WorkUnit& unit, const UnitTies& ties) {
      const std::size_t group = pieces[unit.first_tensor].group;
      for (const ChunkTies& chunk : ties.chunks)
        take_ties(group, origin[chunk.piece], chunk, of_group(wanted, group), places);
      if (!any_wanted(group)) settled_group = group;
    };
    pass_.run<UnitTies>(pieces, work, merge);
    return places;
  }

  static void take_ties(std::size_t group, std::size_t piece, const ChunkTies& chunk,
                        std::span<std::uint64_t> wanted, std::vector<TiePlace>& places) {
    for (std::size_t level = 0; level < wanted.size(); ++level) {
      if (wanted[level] != 0 && chunk.counts[level] >= wanted[level])
        places.push_back({group, level, piece, chunk.first, chunk.elements, wanted[level]});
      wanted[level] -= std::min(wanted[level], chunk.counts[level]);
    }
  }

  /// What to look for at each level; no number has the key of infinity.
  std::vector<KeyRange> tie_keys(std::size_t group) const {
    std::vector<KeyRange> keys;
    for (std::size_t level = 0; level < levels_; ++level) {
      const KeyLimit& limit = limits_[group * levels_ + level];
      const std::uint64_t key = limit.taken < limit.ties ? limit.key : kInfinityKey;
      keys.push_back({key, key, 0});
    }
    return keys;
  }

  UnitTies ties_of_unit(KeyWorker& worker, std::span<const Piece> pieces, const WorkUnit& unit) const {
    UnitTies ties;
    KeyScanner scanner(worker, tie_keys(pieces[unit.first_tensor].group));
    for (const Run& run : runs_of(unit, pieces)) {
      for_each_run(worker, pieces[run.piece], run, [&](const TensorRun& chunk) {
        ties.chunks.push_back({run.piece, chunk.first, chunk.elements, std::vector<std::uint64_t>(levels_)});
        std::vector<std::uint64_t>& counts = ties.chunks.back().counts;
        scanner.scan(chunk, [&](std::size_t, std::size_t level, std::uint64_t) { ++counts[level]; });
      });
    }
    return ties;
  }

  /// Index behind the last tie that goes.
  std::uint64_t end_of_ties(KeyWorker& worker, const TiePlace& place) const {
    const Piece& piece = pieces_[place.piece];
    const std::uint64_t key = limits_[place.group * levels_ + place.level].key;
    KeyScanner scanner(worker, {{key, key, 0}});
    std::uint64_t left = place.remaining;
    std::uint64_t end = 0;
    for_each_run(worker, piece, {place.piece, place.first, place.elements}, [&](const TensorRun& chunk) {
      scanner.scan(chunk, [&](std::size_t index, std::size_t, std::uint64_t) {
        if (left != 0 && --left == 0) end = chunk.first + index + 1;
      });
    });
    return end;
  }

  std::vector<KeyCut> cuts_at(const std::vector<TiePlace>& places) const {
    std::vector<KeyCut> cuts(pieces_.size() * levels_);
    for (std::size_t i = 0; i < cuts.size(); ++i)
      cuts[i] = {limits_[pieces_[i / levels_].group * levels_ + i % levels_].key, kEverywhere};
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      const KeyLimit& limit = limits_[pieces_[i / levels_].group * levels_ + i % levels_];
      if (limit.taken == 0) cuts[i].ties_before = 0;
    }
    KeyWorker own = pass_.worker();
    for (const TiePlace& place : places) {
      cuts[place.piece * levels_ + place.level].ties_before = end_of_ties(own, place);
      for (std::size_t i = place.piece + 1; i < pieces_.size() && pieces_[i].group == place.group; ++i)
        cuts[i * levels_ + place.level].ties_before = 0;
    }
    return cuts;
  }

  const KeyPass& pass_;
  std::span<const Piece> pieces_;
  std::span<const KeyLimit> limits_;
  std::size_t levels_;
};

}  // namespace

std::vector<KeyCut> cut_ties(const KeyPass& pass, std::span<const Piece> pieces,
                             std::span<const KeyLimit> limits, std::size_t levels) {
  return TieSearch(pass, pieces, limits, levels).cuts();
}

}  // namespace weightsieve::prune
