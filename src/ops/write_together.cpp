#include "ops/write_together.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <tuple>
#include <utility>

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

/// What MPI and the input have open at most, and what rank 0 has for a file that is written to: the file and
/// its folder, as the one that publishes it and as one that writes into it.
constexpr std::uint64_t kOtherDescriptors = 48;
constexpr std::uint64_t kDescriptorsPerFile = 4;
constexpr std::uint64_t kLeastFiles = 4;
constexpr std::uint64_t kMostFiles = 1024;

/// Files that a round may write to.
std::uint64_t files_that_may_be_open() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeastFiles;
  const auto descriptors = static_cast<std::uint64_t>(limit.rlim_cur);
  const std::uint64_t left = descriptors > kOtherDescriptors ? descriptors - kOtherDescriptors : 0;
  return std::clamp(left / kDescriptorsPerFile, kLeastFiles, kMostFiles);
}

/// Consecutive segments that all ranks encode side by side, and where in the files they go.
struct Round {
  std::size_t first = 0;  ///< of all units
  std::size_t end = 0;
  UnitRange mine = {};                               ///< of this rank
  bool notes = false;                                ///< the journal vouches for it once it is written
  bool finishes = false;                             ///< a file ends in it
  std::vector<EncodedSegment> held = {};             ///< of this rank
  std::vector<std::uint64_t> places = {};            ///< of all, known before they are written
  std::vector<std::uint64_t> sizes = {};             ///< the same, on rank 0
  std::vector<std::vector<std::byte>> entries = {};  ///< the same
};

class TogetherRun {
 public:
  TogetherRun(const SharedWrite& write, const Crew& crew, ProgressMeter& progress)
      : write_(write),
        crew_(crew),
        team_(*crew.team),
        progress_(progress),
        is_plain_(write.encoding.is_plain()),
        writers_(write.folder, write.shards),
        written_(write) {
    for (std::size_t shard = 0; shard < write.shards.size(); ++shard)
      for (std::size_t i = write.shards[shard].done.segments; i < write.shards[shard].segments.size(); ++i)
        units_.push_back({shard, i});
  }

  /// The round behind the last one has no units: its step writes the last.
  std::vector<ManifestFile> run() {
    agree_on_rounds();
    Round placed;
    do {
      Round next = round_from(placed.end);
      step(placed, next);
      placed = std::move(next);
    } while (placed.first < units_.size());
    return written_.take();
  }

 private:
  std::uint64_t content_bytes(std::size_t unit) const {
    return write_.shards[units_[unit].shard].segments[units_[unit].segment].bytes;
  }

  /// Rounds go by the rank with the fewest threads, and by that which may open the fewest files. What an
  /// earlier run wrote to its last segment is finished.
  void agree_on_rounds() {
    std::uint64_t threads = crew_.threads;
    files_per_round_ = files_that_may_be_open();
    const auto written = [&] {
      WireWriter out;
      out.count(threads);
      out.count(files_per_round_);
      return out.take();
    };
    const auto read = [](Bytes bytes) {
      WireReader in(bytes);
      const std::uint64_t its_threads = in.count(UINT32_MAX);
      return std::pair(its_threads, in.count(kMostFiles));
    };
    run_step(team_, written, [&](unsigned rank, Bytes bytes) {
      const auto [its_threads, its_files] = read(bytes);
      threads = std::min(threads, its_threads);
      files_per_round_ = std::min(files_per_round_, its_files);
      if (rank + 1 == team_.size()) finish_done();
    });
    const std::vector<std::byte> told = team_.broadcast(written());
    std::tie(threads, files_per_round_) = read(told);
    const std::uint64_t most = is_plain_ ? kPlainBytesPerThread : kHeldBytesPerThread;
    round_bytes_ = std::min(most, write_.note_bytes) * threads * team_.size();
  }

  void finish_done() {
    for (std::size_t shard = 0; shard < write_.shards.size(); ++shard)
      if (write_.shards[shard].done.segments == write_.shards[shard].segments.size())
        written_.finish_if_whole(shard);
  }

  Round round_from(std::size_t first) {
    Round round{first, first};
    std::vector<std::uint64_t> work;
    std::uint64_t bytes = 0;
    for (; round.end < units_.size() && bytes < round_bytes_; ++round.end) {
      const SegmentUnit& unit = units_[round.end];
      if (unit.shard >= units_[first].shard + files_per_round_) break;
      work.push_back(content_bytes(round.end));
      bytes += work.back();
      round.finishes |= unit.segment + 1 == write_.shards[unit.shard].segments.size();
    }
    unnoted_bytes_ += bytes;
    round.notes = unnoted_bytes_ >= write_.note_bytes;
    if (round.notes) unnoted_bytes_ = 0;
    const UnitRange share = share_units(work, team_.size())[team_.rank()];
    round.mine = {first + share.first, first + share.end};
    return round;
  }

  /// Writes what was encoded in the last step, and encodes the next. Those that write into one file wait for
  /// each other, as systems lock a file that is written to: so every other rank encodes first. Of pack, with
  /// two ranks and files in memory, that is a tenth of the time.
  void step(Round& placed, Round& next) {
    const auto work = [&] {
      const bool writes_first = team_.rank() % 2 == 0;
      if (writes_first) write(placed);
      if (!is_plain_) next.held = encode(next.mine);
      if (!writes_first) write(placed);
      return sizes_of(next);
    };
    run_step(team_, work, [&](unsigned rank, Bytes bytes) {
      for (WireReader in(bytes); !in.is_at_end();) {
        next.sizes.push_back(in.count());
        const Bytes entry = in.block();
        next.entries.emplace_back(entry.begin(), entry.end());
      }
      if (rank + 1 < team_.size()) return;
      take_in(placed);
      place(next);
    });
    tell_places(next);
  }

  std::vector<EncodedSegment> encode(const UnitRange& mine) {
    EncodeJob job(write_, std::span(units_).subspan(mine.first, mine.end - mine.first), writers_, progress_,
                  team_.size());
    ThreadExecutor(crew_.threads, 2 * std::size_t{crew_.threads}, crew_.cancel, [this] {
      stop_if_called_off(team_);
    }).run(job);
    return job.take();
  }

  /// Files that are their content are read and written only now.
  void write(Round& round) {
    if (is_plain_) encode(round.mine);
    for (std::size_t i = 0; i < round.held.size(); ++i) {
      const std::size_t unit = round.mine.first + i;
      writers_.write(units_[unit].shard, round.places[unit - round.first], round.held[i].bytes);
    }
    round.held.clear();
    if (round.notes || round.finishes) writers_.sync();
    writers_.close_before(round.end < units_.size() ? units_[round.end].shard : write_.shards.size());
  }

  /// Of this rank's segments, with their entries in the file's index.
  std::vector<std::byte> sizes_of(const Round& round) const {
    WireWriter out;
    for (std::size_t unit = round.mine.first; unit < round.mine.end; ++unit) {
      out.count(is_plain_ ? content_bytes(unit) : round.held[unit - round.mine.first].bytes.size());
      out.block(is_plain_ ? Bytes() : Bytes(round.held[unit - round.mine.first].entry));
    }
    return out.take();
  }

  void place(Round& round) {
    for (std::size_t unit = round.first; unit < round.end; ++unit)
      round.places.push_back(written_.place(units_[unit].shard, round.sizes[unit - round.first]));
  }

  /// Every rank then knows them.
  void tell_places(Round& round) {
    WireWriter out;
    for (const std::uint64_t place : round.places)
      out.count(place);
    const std::vector<std::byte> told = team_.broadcast(out.bytes());
    round.places.clear();
    for (WireReader in(told); !in.is_at_end();)
      round.places.push_back(in.count());
  }

  void take_in(const Round& round) {
    for (std::size_t unit = round.first; unit < round.end; ++unit)
      written_.add(units_[unit], round.sizes[unit - round.first], round.entries[unit - round.first]);
    if (round.notes) written_.note();
  }

  const SharedWrite& write_;
  const Crew& crew_;
  Team& team_;
  ProgressMeter& progress_;
  bool is_plain_;
  OpenWriters writers_;
  WrittenFiles written_;  ///< of rank 0
  std::vector<SegmentUnit> units_;
  std::uint64_t round_bytes_ = 0;
  std::uint64_t files_per_round_ = 0;
  std::uint64_t unnoted_bytes_ = 0;
};

}  // namespace

std::vector<ManifestFile> write_shards_together(const SharedWrite& write, const Crew& crew,
                                                ProgressMeter& progress) {
  return TogetherRun(write, crew, progress).run();
}

}  // namespace weightsieve
