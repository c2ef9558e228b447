#include "weightsieve/ops/profile_together.hpp"

#include <algorithm>
#include <memory>

#include "ops/crew_of.hpp"
#include "ops/fingerprint_job.hpp"
#include "ops/measure_share.hpp"
#include "ops/open_alike.hpp"
#include "ops/open_input.hpp"
#include "ops/part_measures.hpp"
#include "ops/profile_plan.hpp"
#include "ops/run_identity.hpp"
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
              const RunControl& control)
      : team_(team), path_(path), stats_(stats), filter_(filter), control_(control) {
    control_.team = nullptr;  // what follows shares the work by itself
  }

  std::optional<CheckpointProfile> run() {
    open();
    if (!takes_one_pass(*plan_)) return alone();
    measure();
    find_twins();
    if (team_.rank() != 0) return std::nullopt;
    joiner_->finish_findings();
    return std::optional(std::move(profile_));
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
      profile_ = begin_profile(std::move(checkpoint), path_, stats_, filter_, names);
      plan_ = plan_profile(profile_);
      return identity;
    });
  }

  /// Further passes over the whole need what all ranks have counted; rank 0 makes them, and all others wait.
  std::optional<CheckpointProfile> alone() {
    std::optional<CheckpointProfile> profile;
    run_on_first(team_, [&] {
      profile = profile_checkpoint(path_, stats_, filter_, control_);
      return std::vector<std::byte>();
    });
    return profile;
  }

  void measure() {
    const unsigned ranks = team_.size();
    std::optional<PartPlan> parts;
    if (is_first()) joiner_.emplace(profile_, *plan_, Twins::by_reading);
    if (is_first()) parts.emplace(*plan_, ranks);
    run_step(
        team_,
        [&] {
          return measure_share({team_.rank(), ranks}, profile_, *plan_, *files_, control_, Twins::by_reading,
                               {}, [this] { stop_if_called_off(team_); });
        },
        [&](unsigned rank, Bytes bytes) {
          WireReader in(bytes);
          joiner_->join(in, parts->layout(rank));
          if (rank + 1 == ranks) joiner_->finish_totals();
        });
  }

  /// Reads again, each rank some, the tensors that their statistics do not tell apart.
  void find_twins() {
    WireWriter out;
    if (is_first()) {
      for (const auto& group : possible_twins(profile_))
        for (const std::size_t place : group)
          out.count(place);
    }
    const std::vector<std::byte> told = team_.broadcast(out.bytes());
    std::vector<std::size_t> places;
    for (WireReader in(told); !in.is_at_end();)
      places.push_back(static_cast<std::size_t>(in.count(profile_.tensors.size())));
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
  std::unique_ptr<SourcePool> files_;
  CheckpointProfile profile_;
  std::optional<ProfilePlan> plan_;
  std::optional<PartJoiner> joiner_;  ///< on rank 0
};

}  // namespace

std::optional<CheckpointProfile> profile_together(Team& team, const std::string& path,
                                                  const StatsOptions& stats, const NameFilter& filter,
                                                  const RunControl& control) {
  return TogetherRun(team, path, stats, filter, control).run();
}

}  // namespace weightsieve
