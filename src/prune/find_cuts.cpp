#include "prune/find_cuts.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>

#include "prune/flagged.hpp"
#include "prune/key_search.hpp"
#include "prune/magnitude.hpp"

namespace weightsieve::prune {
namespace {

constexpr std::uint64_t kEverywhere = UINT64_MAX;

/// Counts of a unit or a group, by dtype.
struct GroupCounts {
  static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 10;

  std::map<Dtype, MagnitudeCounts> by_dtype;

  MagnitudeCounts& of(Dtype dtype) { return by_dtype.try_emplace(dtype, dtype).first->second; }

  bool join(const GroupCounts& later) {
    for (const auto& [dtype, more] : later.by_dtype)
      of(dtype).merge(more);
    return true;
  }

  void write(WireWriter& out) const {
    out.count(by_dtype.size());
    for (const auto& [dtype, counts] : by_dtype)
      counts.write(out);
  }
  static GroupCounts read(WireReader& in) {
    GroupCounts counts;
    for (std::size_t left = in.length(); left > 0; --left) {
      const MagnitudeCounts more = MagnitudeCounts::read(in);
      counts.of(more.dtype()).merge(more);
    }
    return counts;
  }
};

/// Keys counted in the ranges of a pass: as KeySearch::end_pass() takes them.
struct UnitBins {
  static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 10;

  std::vector<std::uint32_t> bins;

  bool join(const UnitBins& later) {
    for (std::size_t i = 0; i < bins.size(); ++i)
      if (later.bins[i] > UINT32_MAX - bins[i]) return false;
    for (std::size_t i = 0; i < bins.size(); ++i)
      bins[i] += later.bins[i];
    return true;
  }

  void write(WireWriter& out) const {
    out.count(bins.size() / kBins);
    out.counts(std::span<const std::uint32_t>(bins));
  }
  static UnitBins read(WireReader& in) {
    UnitBins read;
    read.bins.resize(static_cast<std::size_t>(in.count(KeySearch::kMostRanges)) * kBins);
    in.add_counts(std::span(read.bins));
    return read;
  }
};

bool is_wide(const Piece& piece) noexcept { return dtype_info(piece.tensor->dtype).bits > 16; }

/// The last tie of a group that goes is the `remaining`-th in the chunk that begins at `first`.
struct TiePlace {
  std::size_t group = 0;
  std::size_t level = 0;
  std::size_t piece = 0;
  std::uint64_t first = 0;
  std::uint64_t elements = 0;
  std::uint64_t remaining = 0;
};

/// How many ties a chunk holds, by level.
struct ChunkTies {
  std::size_t piece = 0;
  std::uint64_t first = 0;
  std::uint64_t elements = 0;
  std::vector<std::uint64_t> counts;
};

/// Those of a unit, or of several of one group.
struct UnitTies {
  static constexpr std::uint64_t kMostBytes = 1024;

  std::vector<ChunkTies> chunks;

  bool join(UnitTies& later) {
    std::ranges::move(later.chunks, std::back_inserter(chunks));
    return true;
  }

  void write(WireWriter& out) const {
    out.count(chunks.size());
    for (const ChunkTies& chunk : chunks) {
      for (const std::uint64_t number : {std::uint64_t{chunk.piece}, chunk.first, chunk.elements})
        out.count(number);
      out.count(chunk.counts.size());
      for (const std::uint64_t count : chunk.counts)
        out.count(count);
    }
  }
  static UnitTies read(WireReader& in) {
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
};

/// What a thread needs to read pieces and their keys.
struct Worker {
  TensorReader reader;
  std::unique_ptr<KeyReader> keys;  ///< none where keys are magnitudes: those are read off the elements
};

/// Finds the elements of a unit whose keys lie in given ranges.
class Scanner {
 public:
  Scanner(Worker& worker, std::vector<KeyRange> ranges) : worker_(worker), ranges_(std::move(ranges)) {}

  std::span<const KeyRange> ranges() const noexcept { return ranges_; }

  /// Calls `found(index, range, mark)` for each; key(mark) is its key.
  template <class Found>
  void scan(const TensorRun& run, Found found) {
    dtype_ = run.tensor->dtype;
    if (worker_.keys) return scan_keys(run, found);
    const FlaggedElements& flagged = flagged_.try_emplace(dtype_, dtype_, ranges_).first->second;
    flagged.visit(run.bytes, [&](std::size_t index, std::uint64_t magnitude) {
      for (std::size_t r = 0; r < ranges_.size(); ++r) {
        if (flagged.ranges()[r].holds(magnitude)) found(index, r, magnitude);
      }
    });
  }

  std::uint64_t key(std::uint64_t mark) const noexcept {
    return worker_.keys ? mark : key_of_magnitude(dtype_, mark);
  }

 private:
  template <class Found>
  void scan_keys(const TensorRun& run, Found& found) {
    std::array<std::uint64_t, 4096> keys;
    for (std::uint64_t done = 0; done < run.elements; done += keys.size()) {
      const TensorRun block = run.part(done, std::min<std::uint64_t>(keys.size(), run.elements - done));
      worker_.keys->read(block, std::span(keys).first(block.elements));
      for (std::size_t i = 0; i < block.elements; ++i) {
        for (std::size_t r = 0; r < ranges_.size(); ++r) {
          if (ranges_[r].holds(keys[i])) found(done + i, r, keys[i]);
        }
      }
    }
  }

  Worker& worker_;
  std::vector<KeyRange> ranges_;
  std::map<Dtype, FlaggedElements> flagged_;
  Dtype dtype_{};
};

class CutSearch {
 public:
  CutSearch(const PassContext& context, const KeySource& keys, std::span<const Piece> pieces,
            std::span<const std::uint64_t> ks, std::size_t levels)
      : context_(context), keys_(keys), pieces_(pieces), ks_(ks), levels_(levels), limits_(ks.size()) {
    searches_.resize(ks.size() / levels);
  }

  std::vector<KeyCut> run() {
    if (keys_.is_magnitude()) {
      count();
    } else {
      begin_blind();
    }
    while (std::ranges::any_of(searches_, is_open))
      narrow();
    return cuts(find_tie_places());
  }

 private:
  using Search = std::unique_ptr<KeySearch>;

  static bool is_open(const Search& search) { return search != nullptr; }

  Worker worker() const {
    return {TensorReader(*context_.files), keys_.is_magnitude() ? nullptr : keys_.reader()};
  }

  /// Calls `visit(run)` for each chunk of a run.
  template <class Visit>
  static void for_each_run(Worker& worker, const Piece& piece, const Run& run, Visit visit) {
    const std::uint64_t element_bytes = dtype_info(piece.tensor->dtype).bits / 8;
    for_each_chunk(
        worker.reader, *piece.tensor, run.first, run.elements, [&](std::uint64_t first, Bytes bytes) {
          visit(TensorRun{piece.ordinal, piece.tensor, first, bytes.size() / element_bytes, bytes});
        });
  }

  template <class Result, class Work, class Merge>
  void pass(std::span<const Piece> pieces, Work work, Merge merge) const {
    const std::vector<WorkUnit> units = units_of(pieces, *context_.control);
    run_pass<Result>(
        *context_.control, pieces, units, Yield::everywhere, [this] { return worker(); }, work, merge);
  }

  // Counting.

  void count() {
    GroupCounts counts;
    std::size_t group = 0;
    const auto work = [this](Worker& worker, const WorkUnit& unit) { return count_unit(worker, unit); };
    const auto merge = [&](const WorkUnit& unit, const GroupCounts& result) {
      const std::size_t next = pieces_[unit.first_tensor].group;
      if (next != group) begin_search(group, std::exchange(counts, {}));
      group = next;
      counts.join(result);
    };
    pass<GroupCounts>(pieces_, work, merge);
    if (!pieces_.empty()) begin_search(group, counts);
  }

  GroupCounts count_unit(Worker& worker, const WorkUnit& unit) const {
    GroupCounts counts;
    for (const Run& run : runs_of(unit, pieces_)) {
      const Piece& piece = pieces_[run.piece];
      MagnitudeCounts& mine = counts.of(piece.tensor->dtype);
      for_each_run(worker, piece, run, [&](const TensorRun& chunk) { mine.add(chunk.bytes); });
    }
    return counts;
  }

  void begin_blind() {
    for (std::size_t group = 0; group < searches_.size(); ++group) {
      searches_[group] =
          std::make_unique<KeySearch>(ks_.subspan(group * levels_, levels_), 0, keys_.greatest_key(), 0);
      take_if_done(group);
    }
  }

  void begin_search(std::size_t group, const GroupCounts& counts) {
    std::vector<KeyBucket> buckets;
    unsigned granularity = 64;
    for (const auto& [dtype, of_dtype] : counts.by_dtype) {
      const std::vector<KeyBucket> more = of_dtype.buckets();
      buckets.insert(buckets.end(), more.begin(), more.end());
      granularity = std::min(granularity, key_granularity_bits(dtype));
    }
    searches_[group] =
        std::make_unique<KeySearch>(ks_.subspan(group * levels_, levels_), std::move(buckets), granularity);
    take_if_done(group);
  }

  void take_if_done(std::size_t group) {
    if (!searches_[group]->done()) return;
    std::ranges::copy(searches_[group]->limits(),
                      limits_.begin() + static_cast<std::ptrdiff_t>(group * levels_));
    searches_[group] = nullptr;
  }

  // Narrowing.

  void narrow() {
    std::vector<Piece> pieces;
    std::ranges::copy_if(pieces_, std::back_inserter(pieces), [this](const Piece& piece) {
      return searches_[piece.group] && (is_wide(piece) || !keys_.is_magnitude());
    });
    std::map<std::size_t, std::vector<KeyRange>> ranges;
    for (std::size_t group = 0; group < searches_.size(); ++group) {
      if (searches_[group]) ranges[group] = searches_[group]->begin_pass();
    }
    std::vector<std::uint64_t> bins;
    std::size_t group = pieces.front().group;
    const auto work = [&](Worker& worker, const WorkUnit& unit) {
      return bins_of_unit(worker, pieces, unit, ranges.at(pieces[unit.first_tensor].group));
    };
    const auto merge = [&](const WorkUnit& unit, const UnitBins& result) {
      const std::size_t next = pieces[unit.first_tensor].group;
      if (next != group) end_pass(group, std::exchange(bins, {}));
      group = next;
      bins.resize(result.bins.size());
      for (std::size_t i = 0; i < bins.size(); ++i)
        bins[i] += result.bins[i];
    };
    pass<UnitBins>(pieces, work, merge);
    end_pass(group, std::move(bins));
  }

  static UnitBins bins_of_unit(Worker& worker, std::span<const Piece> pieces, const WorkUnit& unit,
                               const std::vector<KeyRange>& ranges) {
    UnitBins counted{std::vector<std::uint32_t>(ranges.size() * kBins)};
    Scanner scanner(worker, ranges);
    const auto count = [&](std::size_t, std::size_t range, std::uint64_t mark) {
      ++counted.bins[range * kBins + ranges[range].bin(scanner.key(mark))];
    };
    for (const Run& run : runs_of(unit, pieces)) {
      for_each_run(worker, pieces[run.piece], run,
                   [&](const TensorRun& chunk) { scanner.scan(chunk, count); });
    }
    return counted;
  }

  void end_pass(std::size_t group, std::vector<std::uint64_t> bins) {
    searches_[group]->end_pass(std::move(bins));
    take_if_done(group);
  }

  // Ties.

  bool cuts_ties(std::size_t group, std::size_t level) const {
    const KeyLimit& limit = limits_[group * levels_ + level];
    return limit.taken < limit.ties;
  }

  bool cuts_ties(std::size_t group) const {
    for (std::size_t level = 0; level < levels_; ++level) {
      if (cuts_ties(group, level)) return true;
    }
    return false;
  }

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
    const auto work = [&](Worker& worker, const WorkUnit& unit) {
      if (settled_group == pieces[unit.first_tensor].group) return UnitTies{};
      return ties_of_unit(worker, pieces, unit);
    };
    const auto merge = [&](const WorkUnit& unit, const UnitTies& ties) {
      const std::size_t group = pieces[unit.first_tensor].group;
      for (const ChunkTies& chunk : ties.chunks)
        take_ties(group, origin[chunk.piece], chunk, of_group(wanted, group), places);
      if (!any_wanted(group)) settled_group = group;
    };
    pass<UnitTies>(pieces, work, merge);
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

  UnitTies ties_of_unit(Worker& worker, std::span<const Piece> pieces, const WorkUnit& unit) const {
    UnitTies ties;
    Scanner scanner(worker, tie_keys(pieces[unit.first_tensor].group));
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
  std::uint64_t end_of_ties(Worker& worker, const TiePlace& place) const {
    const Piece& piece = pieces_[place.piece];
    const std::uint64_t key = limits_[place.group * levels_ + place.level].key;
    Scanner scanner(worker, {{key, key, 0}});
    std::uint64_t left = place.remaining;
    std::uint64_t end = 0;
    for_each_run(worker, piece, {place.piece, place.first, place.elements}, [&](const TensorRun& chunk) {
      scanner.scan(chunk, [&](std::size_t index, std::size_t, std::uint64_t) {
        if (left != 0 && --left == 0) end = chunk.first + index + 1;
      });
    });
    return end;
  }

  std::vector<KeyCut> cuts(const std::vector<TiePlace>& places) const {
    std::vector<KeyCut> cuts(pieces_.size() * levels_);
    for (std::size_t i = 0; i < cuts.size(); ++i)
      cuts[i] = {limits_[pieces_[i / levels_].group * levels_ + i % levels_].key, kEverywhere};
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      const KeyLimit& limit = limits_[pieces_[i / levels_].group * levels_ + i % levels_];
      if (limit.taken == 0) cuts[i].ties_before = 0;
    }
    Worker own = worker();
    for (const TiePlace& place : places) {
      cuts[place.piece * levels_ + place.level].ties_before = end_of_ties(own, place);
      for (std::size_t i = place.piece + 1; i < pieces_.size() && pieces_[i].group == place.group; ++i)
        cuts[i * levels_ + place.level].ties_before = 0;
    }
    return cuts;
  }

  const PassContext& context_;
  const KeySource& keys_;
  std::span<const Piece> pieces_;
  std::span<const std::uint64_t> ks_;
  std::size_t levels_;
  std::vector<KeyLimit> limits_;  ///< [group × levels + level]
  std::vector<Search> searches_;  ///< by group, while it is open
};

}  // namespace

std::vector<KeyCut> find_cuts(const PassContext& context, const KeySource& keys,
                              std::span<const Piece> pieces, std::span<const std::uint64_t> ks,
                              std::size_t levels) {
  return CutSearch(context, keys, pieces, ks, levels).run();
}

}  // namespace weightsieve::prune
