#include "prune/find_cuts.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "prune/key_search.hpp"
#include "prune/tie_search.hpp"
#include "prune/unit_counts.hpp"

namespace weightsieve::prune {
namespace {

bool is_wide(const Piece& piece) noexcept { return dtype_info(piece.tensor->dtype).bits > 16; }

class CutSearch {
 public:
  CutSearch(const PassContext& context, const KeySource& keys, std::span<const Piece> pieces,
            std::span<const std::uint64_t> ks, std::size_t levels)
      : pass_{context, keys}, pieces_(pieces), ks_(ks), levels_(levels), limits_(ks.size()) {
    searches_.resize(ks.size() / levels);
  }

  std::vector<KeyCut> run() {
    if (pass_.keys.is_magnitude()) {
      count();
    } else {
      begin_blind();
    }
    while (std::ranges::any_of(searches_, is_open))
      narrow();
    return cut_ties(pass_, pieces_, limits_, levels_);
  }

 private:
  using Search = std::unique_ptr<KeySearch>;

  static bool is_open(const Search& search) { return search != nullptr; }

  void count() {
    GroupCounts counts;
    std::size_t group = 0;
    const auto work = [this](KeyWorker& worker, const WorkUnit& unit) { return count_unit(worker, unit); };
    const auto merge = [&](const WorkUnit& unit, const GroupCounts& result) {
      const std::size_t next = pieces_[unit.first_tensor].group;
      if (next != group) begin_search(group, std::exchange(counts, {}));
      group = next;
      counts.join(result);
    };
    pass_.run<GroupCounts>(pieces_, work, merge);
    if (!pieces_.empty()) begin_search(group, counts);
  }

  GroupCounts count_unit(KeyWorker& worker, const WorkUnit& unit) const {
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
          std::make_unique<KeySearch>(ks_.subspan(group * levels_, levels_), 0, pass_.keys.greatest_key(), 0);
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

  void narrow() {
    std::vector<Piece> pieces;
    std::ranges::copy_if(pieces_, std::back_inserter(pieces), [this](const Piece& piece) {
      return searches_[piece.group] && (is_wide(piece) || !pass_.keys.is_magnitude());
    });
    std::map<std::size_t, std::vector<KeyRange>> ranges;
    for (std::size_t group = 0; group < searches_.size(); ++group) {
      if (searches_[group]) ranges[group] = searches_[group]->begin_pass();
    }
    std::vector<std::uint64_t> bins;
    std::size_t group = pieces.front().group;
    const auto work = [&](KeyWorker& worker, const WorkUnit& unit) {
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
    pass_.run<UnitBins>(pieces, work, merge);
    end_pass(group, std::move(bins));
  }

  static UnitBins bins_of_unit(KeyWorker& worker, std::span<const Piece> pieces, const WorkUnit& unit,
                               const std::vector<KeyRange>& ranges) {
    UnitBins counted{std::vector<std::uint32_t>(ranges.size() * kBins)};
    KeyScanner scanner(worker, ranges);
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

  KeyPass pass_;
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
