#include "ops/write_together.hpp"

#include <algorithm>
#include <numeric>

#include "ops/encode_job.hpp"
#include "ops/written_files.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/engine/team_step.hpp"

namespace weightsieve {
namespace {

/// Of segments that a rank encodes in a round; of those that go straight to their places.
constexpr std::uint64_t kHeldBytesPerThread = std::uint64_t{32} << 20;
constexpr std::uint64_t kPlainBytesPerThread = std::uint64_t{128} << 20;

class TogetherRun {
 public:
  TogetherRun(const SharedWrite& write, const Crew& crew, ProgressMeter& progress)
      : write_(write),
        crew_(crew),
        team_(*crew.team),
        progress_(progress),
        writers_(write.folder, write.shards),
        written_(write) {
    for (std::size_t shard = 0; shard < write.shards.size(); ++shard)
      for (std::size_t i = write.shards[shard].done.segments; i < write.shards[shard].segments.size(); ++i)
        units_.push_back({shard, i});
  }

  std::vector<ManifestFile> run() {
    const std::uint64_t round_bytes = agree_on_round();
    for (std::size_t first = 0; first < units_.size();) {
      std::size_t end = first;
      for (std::uint64_t bytes = 0; end < units_.size() && bytes < round_bytes; ++end)
        bytes += content_bytes(end);
      run_round(first, end);
      first = end;
    }
    return written_.take();
  }

 private:
  std::uint64_t content_bytes(std::size_t unit) const {
    return write_.shards[units_[unit].shard].segments[units_[unit].segment].bytes;
  }

  /// Rounds go by the rank with the fewest threads. What an earlier run wrote to its last segment is
  /// finished.
  std::uint64_t agree_on_round() {
    unsigned least = crew_.threads;
    const auto mine = [this] {
      WireWriter out;
      out.count(crew_.threads);
      return out.take();
    };
    run_step(team_, mine, [&](unsigned rank, Bytes bytes) {
      least = std::min(least, static_cast<unsigned>(WireReader(bytes).count(UINT32_MAX)));
      if (rank + 1 == team_.size()) finish_done();
    });
    WireWriter out;
    out.count(least);
    const std::vector<std::byte> told = team_.broadcast(out.bytes());
    const std::uint64_t threads = WireReader(told).count();
    const bool plain = write_.encoding.is_plain();
    const std::uint64_t most = plain ? kPlainBytesPerThread : kHeldBytesPerThread;
    return std::min(most, write_.note_bytes) * threads * team_.size();
  }

  void finish_done() {
    for (std::size_t shard = 0; shard < write_.shards.size(); ++shard)
      if (write_.shards[shard].done.segments == write_.shards[shard].segments.size())
        written_.finish_if_whole(shard);
  }

  void run_round(std::size_t first, std::size_t end) {
    std::vector<std::uint64_t> work;
    for (std::size_t unit = first; unit < end; ++unit)
      work.push_back(content_bytes(unit));
    const auto shares = share_units(work, team_.size());
    const UnitRange mine{first + shares[team_.rank()].first, first + shares[team_.rank()].end};
    const bool plain = write_.encoding.is_plain();
    const std::vector<EncodedSegment> held = place(first, mine, plain);
    unnoted_bytes_ += std::accumulate(work.begin(), work.end(), std::uint64_t{0});
    const bool notes = unnoted_bytes_ >= write_.note_bytes;
    const bool finishes = ends_shard(first, end);
    run_step(
        team_,
        [&] {
          plain ? static_cast<void>(encode(mine)) : write_held(mine, first, held);
          if (notes || finishes) writers_.sync();
          writers_.close_before(end < units_.size() ? units_[end].shard : write_.shards.size());
          return std::vector<std::byte>();
        },
        [&](unsigned rank, Bytes) {
          if (rank + 1 == team_.size()) take_in(first, end, notes);
        });
    if (notes) unnoted_bytes_ = 0;
  }

  bool ends_shard(std::size_t first, std::size_t end) const {
    return std::any_of(units_.begin() + static_cast<std::ptrdiff_t>(first),
                       units_.begin() + static_cast<std::ptrdiff_t>(end), [this](const SegmentUnit& unit) {
                         return unit.segment + 1 == write_.shards[unit.shard].segments.size();
                       });
  }

  std::vector<EncodedSegment> encode(const UnitRange& mine) {
    EncodeJob job(write_, std::span(units_).subspan(mine.first, mine.end - mine.first), writers_, progress_,
                  team_.size());
    ThreadExecutor(crew_.threads, 2 * std::size_t{crew_.threads}, crew_.cancel, [this] {
      stop_if_called_off(team_);
    }).run(job);
    return job.take();
  }

  /// Encodes this rank's segments, and learns where those of the round go. Of plain files all is known but
  /// that they are there.
  std::vector<EncodedSegment> place(std::size_t first, const UnitRange& mine, bool plain) {
    std::vector<EncodedSegment> held;
    sizes_.clear();
    entries_.clear();
    WireWriter places;
    std::size_t next = first;
    const auto encode_mine = [&] {
      WireWriter out;
      if (!plain) held = encode(mine);
      for (std::size_t unit = mine.first; unit < mine.end; ++unit) {
        out.count(plain ? content_bytes(unit) : held[unit - mine.first].bytes.size());
        out.block(plain ? Bytes() : Bytes(held[unit - mine.first].entry));
      }
      return out.take();
    };
    run_step(team_, encode_mine, [&](unsigned, Bytes bytes) {
      for (WireReader in(bytes); !in.is_at_end(); ++next) {
        sizes_.push_back(in.count());
        const Bytes entry = in.block();
        entries_.emplace_back(entry.begin(), entry.end());
        places.count(written_.place(units_[next].shard, sizes_.back()));
      }
    });
    const std::vector<std::byte> told = team_.broadcast(places.bytes());
    places_.clear();
    for (WireReader in(told); !in.is_at_end();)
      places_.push_back(in.count());
    return held;
  }

  void write_held(const UnitRange& mine, std::size_t first, const std::vector<EncodedSegment>& held) {
    for (std::size_t unit = mine.first; unit < mine.end; ++unit)
      writers_.write(units_[unit].shard, places_[unit - first], held[unit - mine.first].bytes);
  }

  void take_in(std::size_t first, std::size_t end, bool notes) {
    for (std::size_t unit = first; unit < end; ++unit)
      written_.add(units_[unit], sizes_[unit - first], entries_[unit - first]);
    if (notes) written_.note();
  }

  const SharedWrite& write_;
  const Crew& crew_;
  Team& team_;
  ProgressMeter& progress_;
  OpenWriters writers_;
  WrittenFiles written_;  ///< of rank 0
  std::vector<SegmentUnit> units_;
  std::uint64_t unnoted_bytes_ = 0;
  std::vector<std::uint64_t> sizes_;             ///< of a round's segments, on rank 0
  std::vector<std::vector<std::byte>> entries_;  ///< the same
  std::vector<std::uint64_t> places_;            ///< of a round's segments
};

}  // namespace

std::vector<ManifestFile> write_shards_together(const SharedWrite& write, const Crew& crew,
                                                ProgressMeter& progress) {
  return TogetherRun(write, crew, progress).run();
}

}  // namespace weightsieve
