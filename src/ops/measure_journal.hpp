// Keeps what a pass has led to in a profile's journal, now and then while it is made, and takes a later pass
// to where it was. One thread at a time.
#pragma once

#include <chrono>
#include <string>

#include "ops/measure_state.hpp"
#include "ops/profile_journal_file.hpp"
#include "ops/profile_plan.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {

/// Where what is measured of a checkpoint is kept (null: nowhere), and what an earlier run kept of it.
struct KeptRuns {
  ProfileJournal* journal = nullptr;
  MeasuredRuns runs{};
};

/// Up to where it is measured.
PlanPosition end_of(const MeasuredRun& run);

/// Those of the checkpoint at `path`, whose files have that key, for a profile with its options. `part` says
/// of what runs of chunks: "whole", or a part alone. The profile must outlive what is done with the journal.
KeptRuns kept_runs(ProfileJournal* journal, const std::string& path, const std::string& key_of_files,
                   const CheckpointProfile& profile, const std::string& part);

/// Error{cancelled} names the journal, where one keeps what is measured.
Error with_journal(const Error& error, const ProfileJournal* journal);

class MeasureJournal {
 public:
  /// Fills the state, which has measured nothing yet, with what an earlier run kept of the run that begins
  /// there. Everything handed in must outlive this. Throws Error{unwritable} for what cannot have been kept
  /// of it.
  MeasureJournal(const KeptRuns& kept, const ProfilePlan& plan, MeasureState& state);

  /// So many bytes more are measured: keeps the state when it is time to.
  void measured(std::uint64_t bytes);

  /// Keeps all that is measured.
  void keep();

  /// Does the work. Where it is stopped, or cannot read on, what is measured is kept; Error{cancelled} then
  /// names the journal.
  template <class Work>
  auto keep_on_failure(Work work) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::unreadable) keep();
      throw with_journal(error, journal_);
    }
  }

 private:
  using Time = std::chrono::steady_clock;

  void restore(const MeasuredRun& run);
  bool is_due() const;
  OpenTensor read_open(WireReader& in, std::size_t tensor) const;
  void read_finished(Bytes bytes);
  void read_rest(Bytes bytes);
  std::vector<std::byte> finished() const;
  std::vector<std::byte> rest() const;
  std::size_t first_whole() const;
  std::size_t end_of_whole() const;

  ProfileJournal* journal_;
  const ProfilePlan& plan_;
  MeasureState& state_;
  std::size_t next_;              ///< the first whole tensor that is not kept
  PlanPosition kept_;             ///< what lies before it is kept
  bool has_head_ = false;         ///< whether the head is kept
  std::uint64_t bytes_ = 0;       ///< measured since
  std::uint64_t rest_bytes_ = 0;  ///< of the newest record
  Time::time_point since_ = Time::now();
  Time::duration cost_{};  ///< of the newest record
};

}  // namespace weightsieve
