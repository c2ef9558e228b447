// What interrupted runs of any number of ranks kept of a checkpoint, for rank 0 to join with what is measured
// now. One thread at a time.
#pragma once

#include <functional>
#include <vector>

#include "ops/measure_journal.hpp"
#include "ops/part_measures.hpp"

namespace weightsieve {

class KeptStretches {
 public:
  KeptStretches() = default;
  /// Those of all journals that do not overlap, in order.
  explicit KeptStretches(KeptRuns kept);

  const std::vector<PlanStretch>& all() const noexcept { return stretches_; }

  /// Hands those that begin before `end` and were not handed out yet to `join`, as measures without zeros.
  /// Throws Error{unwritable} for what cannot have been kept of this checkpoint, and what `join` throws.
  void join_up_to(const PlanPosition& end, CheckpointProfile& profile, const ProfilePlan& plan,
                  const std::function<void(const PlanStretch&, Bytes)>& join);

 private:
  KeptRuns kept_;
  std::vector<PlanStretch> stretches_;
  std::size_t next_ = 0;
};

void write_stretches(WireWriter& out, const std::vector<PlanStretch>& stretches);
/// Throws Error{malformed}.
std::vector<PlanStretch> read_stretches(WireReader& in);

void write_position(WireWriter& out, const PlanPosition& position);
PlanPosition read_position(WireReader& in);

}  // namespace weightsieve
