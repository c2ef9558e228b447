// Who does a run's jobs: the threads of this process, or those of a team of processes, each of which calls
// run_job() with the same job.
#pragma once

#include "weightsieve/base/progress.hpp"
#include "weightsieve/engine/shared_job.hpp"
#include "weightsieve/engine/team.hpp"

namespace weightsieve {

struct Crew {
  unsigned threads = 1;  ///< of this process
  const CancelToken* cancel = nullptr;
  Team* team = nullptr;  ///< null: this process alone

  /// For how many threads work is cut into units: every rank cuts alike, whatever CPUs it has.
  unsigned planned_threads() const noexcept;
  /// Whether this process gets results.
  bool is_first() const noexcept { return team == nullptr || team->rank() == 0; }
};

/// Runs a job to its end: `merge` has then had every result, in order, on rank 0, and everywhere where the
/// job says so. `ahead` as ThreadExecutor has it. In a team each rank does a contiguous share of some units
/// at a time, so that what waits to be merged stays below 16 MiB a rank and 256 MiB on rank 0; an error of
/// one rank is thrown on all of them. The result is the same, whoever does it.
void run_job(SharedJob& job, const Crew& crew, std::size_t ahead, ProgressMeter& progress);

/// A step that every rank has a part in and that yields nothing: throws everywhere what it throws anywhere.
void together(Team* team, const std::function<void()>& work);

/// A step that rank 0 alone does; what it returns comes back everywhere.
std::vector<std::byte> on_first(Team* team, const std::function<std::vector<std::byte>()>& work);

}  // namespace weightsieve
