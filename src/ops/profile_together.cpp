#include "weightsieve/ops/profile_together.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "ops/crew_of.hpp"
#include "ops/exact_passes.hpp"
#include "ops/fingerprint_job.hpp"
#include "ops/kept_stretches.hpp"
#include "ops/measure_share.hpp"
#include "ops/open_alike.hpp"
#include "ops/open_input.hpp"
#include "ops/part_measures.hpp"
#include "ops/profile_plan.hpp"
#include "ops/run_identity.hpp"
#include "ops/zero_job.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/engine/team_step.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve {
namespace {

/// One run of one rank. Every rank makes the same calls.
class TogetherRun {
 public:
  TogetherRun(Team& team, const std::string& path, const StatsOptions& stats, const NameFilter& filter,
              RunControl control, ProfileJournal* journal)
      : team_(team),
        path_(path),
        stats_(stats),
        filter_(filter),
        control_(std::move(control)),
        journal_(journal) {
    control_.team = nullptr;  // what follows shares the work by itself
  }

  std::optional<CheckpointProfile> run() {
    open();
    find_kept();
    try {
      measure();
      takes_one_pass(*plan_) ? finish_totals() : measure_further();
      find_zeros();
      find_twins();
    } catch (const Error& error) {
      throw with_journal(error, journal_);
    }
    if (team_.rank() != 0) return std::nullopt;
    joiner_->finish_findings();
    return {std::move(profile_)};
  }

 private:
  bool is_first() const noexcept { return team_.rank() == 0; }

  /// All ranks must see one and the same checkpoint.
  void open() {
    open_alike(&team_, path_, [this] {
      const NamePatterns names(filter_);
      Checkpoint checkpoint = open_input(path_, control_, filter_.include_optimizer);
      // A pool cannot be moved. NOLINTNEXTLINE(modernize-make-unique)
      files_.reset(new SourcePool(open_files(checkpoint, control_.io)));
      const Hash128 identity = identify_run(checkpoint, *files_, "", control_.io);
      key_ = key_of_files(checkpoint);
      profile_ = begin_profile(std::move(checkpoint), path_, stats_, filter_, names);
      plan_ = plan_profile(profile_);
      return identity;
    });
  }

  /// Rank 0 reads what an earlier run kept, of however many ranks, and tells the others where it is.
  void find_kept() {
    run_step(
        team_,
        [this] {
          KeptRuns kept = kept_runs(journal_, path_, key_, profile_, "whole");
          if (is_first() && journal_ != nullptr) kept.runs.merge(journal_->file().of_ranks());
          if (is_first()) kept_ = KeptStretches(std::move(kept));
          return std::vector<std::byte>();
        },
        [](unsigned, Bytes) {});
    WireWriter out;
    if (is_first()) write_stretches(out, kept_.all());
    const std::vector<std::byte> told = team_.broadcast(out.bytes());
    WireReader in(told);
    done_ = read_stretches(in);
  }

  void measure() {
    if (is_first()) joiner_.emplace(profile_, *plan_, Twins::by_reading);
    run_step(
        team_, [this] { return measure_share(); },
        [this](unsigned rank, Bytes bytes) {
          join(bytes);
          if (rank + 1 == team_.size()) join_kept({plan_->tensors.size(), 0});
        });
  }

  void finish_totals() {
    run_on_first(team_, [this] {
      joiner_->finish_totals();
      return std::vector<std::byte>();
    });
  }

  /// Every rank needs what all have counted, to count what is open again as the others do.
  void measure_further() {
    const std::vector<std::byte> told = team_.broadcast(joined_.bytes());
    together(&team_, [&] {
      if (!is_first()) join_told(told);
      joiner_->totals();
    });
    Crew crew = crew_of(control_);
    crew.team = &team_;
    profile_.totals.statistics =
        make_exact(*files_, *plan_, joiner_->searches(), joiner_->totals(), crew, control_.progress);
  }

  void join_told(Bytes told) {
    joiner_.emplace(profile_, *plan_, Twins::by_reading);
    for (WireReader in(told); !in.is_at_end();) {
      const PlanPosition begin = read_position(in);
      const PlanPosition end = read_position(in);
      const bool knows_zeros = in.truth();
      join_stretch({begin, end}, in.block(), knows_zeros);
    }
  }

  /// Its share of what is left, stretch by stretch: where each begins and ends, and its measures.
  std::vector<std::byte> measure_share() {
    const PartPlan parts(*plan_, team_.size(), done_);
    WireWriter out;
    for (const auto units : parts.stretches(team_.rank())) {
      write_position(out, begin_of(units.front()));
      write_position(out, end_of(units.back()));
      out.block(measure_stretch(units, profile_, *plan_, *files_, control_, Twins::by_reading, {journal_, {}},
                                [this] { stop_if_called_off(team_); }));
    }
    return out.take();
  }

  void join(Bytes bytes) {
    for (WireReader in(bytes); !in.is_at_end();) {
      const PlanPosition begin = read_position(in);
      const PlanPosition end = read_position(in);
      join_kept(begin);
      join_stretch({begin, end}, in.block(), true);
    }
  }

  void join_kept(const PlanPosition& end) {
    kept_.join_up_to(end, profile_, *plan_, [this](const PlanStretch& stretch, Bytes measures) {
      join_stretch(stretch, measures, false);
    });
  }

  void join_stretch(const PlanStretch& stretch, Bytes measures, bool knows_zeros) {
    WireReader in(measures);
    joiner_->join(in, layout_between(stretch.begin, stretch.end), knows_zeros);
    if (!is_first() || team_.size() == 1 || takes_one_pass(*plan_)) return;
    write_position(joined_, stretch.begin);
    write_position(joined_, stretch.end);
    joined_.count(knows_zeros ? 1 : 0);
    joined_.block(measures);
  }

  /// What rank 0 names, on all ranks.
  std::vector<std::size_t> tell_places(const std::vector<std::size_t>& named) {
    WireWriter out;
    for (const std::size_t place : named)
      out.count(place);
    const std::vector<std::byte> told = team_.broadcast(out.bytes());
    std::vector<std::size_t> places;
    for (WireReader in(told); !in.is_at_end();)
      places.push_back(static_cast<std::size_t>(in.count(profile_.tensors.size())));
    return places;
  }

  /// Looks, each rank at some, where zeros stand in tensors that were measured in an earlier run.
  void find_zeros() {
    const auto places = tell_places(is_first() ? joiner_->unknown_zeros() : std::vector<std::size_t>());
    if (places.empty()) return;
    run_step(
        team_,
        [&] {
          const auto some = share_of(places, team_.rank());
          const auto patterns = zero_patterns(*files_, profile_, some, control_);
          WireWriter out;
          for (const std::size_t place : some)
            write_pattern(out, patterns[place]);
          return out.take();
        },
        [&](unsigned rank, Bytes bytes) {
          WireReader in(bytes);
          for (const std::size_t place : share_of(places, rank))
            joiner_->read_zeros(in, place);
        });
  }

  /// Reads again, each rank some, the tensors that their statistics do not tell apart.
  void find_twins() {
    std::vector<std::size_t> named;
    if (is_first()) {
      for (const auto& group : possible_twins(profile_))
        named.insert(named.end(), group.begin(), group.end());
    }
    const std::vector<std::size_t> places = tell_places(named);
    run_step(
        team_, [&] { return digests_of(share_of(places, team_.rank())); },
        [&](unsigned rank, Bytes bytes) {
          WireReader in(bytes);
          for (const std::size_t place : share_of(places, rank))
            joiner_->note_digest(place, std::string(in.text()));
        });
  }

  std::span<const std::size_t> share_of(const std::vector<std::size_t>& places, unsigned rank) const {
    std::vector<std::uint64_t> work;
    work.reserve(places.size());
    for (const std::size_t place : places)
      work.push_back(profile_.tensors[place].info.bytes);
    const UnitRange range = share_units(work, team_.size())[rank];
    return std::span(places).subspan(range.first, range.end - range.first);
  }

  /// And, last, looks whether any file was written to meanwhile.
  std::vector<std::byte> digests_of(std::span<const std::size_t> places) {
    std::vector<const TensorInfo*> tensors;
    std::uint64_t bytes = 0;
    for (const std::size_t place : places) {
      tensors.push_back(&profile_.tensors[place].info);
      bytes += tensors.back()->bytes;
    }
    ProgressMeter progress(control_.progress, bytes, "looking for twins");
    WireWriter out;
    for (const std::string& digest : take_fingerprints(*files_, tensors, crew_of(control_), progress))
      out.text(digest);
    files_->check_unchanged();
    return out.take();
  }

  Team& team_;
  const std::string& path_;
  const StatsOptions& stats_;
  const NameFilter& filter_;
  RunControl control_;
  ProfileJournal* journal_;
  std::string key_;  ///< of the checkpoint's files
  std::unique_ptr<SourcePool> files_;
  CheckpointProfile profile_;
  std::optional<ProfilePlan> plan_;
  std::vector<PlanStretch> done_;     ///< by an earlier run
  KeptStretches kept_;                ///< the same with what was measured, on rank 0
  std::optional<PartJoiner> joiner_;  ///< on rank 0, of `exact` on all ranks
  WireWriter joined_;                 ///< what the others join for `exact`, on rank 0
};

}  // namespace

std::optional<CheckpointProfile> profile_together(Team& team, const std::string& path,
                                                  const StatsOptions& stats, const NameFilter& filter,
                                                  const RunControl& control, ProfileJournal* journal) {
  return TogetherRun(team, path, stats, filter, control, journal).run();
}

}  // namespace weightsieve
