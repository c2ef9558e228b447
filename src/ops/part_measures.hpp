// What a part holds of a profile's statistics, as bytes: written by who measured it, read by who joins them.
//
//   the head (counts so far and traces of a tensor that earlier parts began)
//   for each whole tensor its statistics and moments, those of its scales, its digest where another could
//     repeat it, its zeros, and where `exact` searches it, its counts by code
//   counts of all whole parameters together
//   the tail (the same as a head of a tensor that goes on in the next part)
//
// What of it is there follows from the plan, which every process makes alike. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/measure_state.hpp"
#include "ops/profile_plan.hpp"
#include "ops/share_layout.hpp"
#include "ops/trace_requests.hpp"

namespace weightsieve {

/// A run of a plan's chunks.
struct PlanStretch {
  PlanPosition begin, end;
};

/// The units of a plan, and how they are shared out among so many parts: the same whoever asks.
class PartPlan {
 public:
  /// Takes what it needs of `plan`.
  PartPlan(const ProfilePlan& plan, unsigned parts);
  /// The same of what lies outside the stretches that are done, which are in order.
  PartPlan(const ProfilePlan& plan, unsigned parts, std::span<const PlanStretch> done);

  std::span<const WorkUnit> units(unsigned part) const;
  /// A part's units that lie behind each other, as often as something that is done lies between.
  std::vector<std::span<const WorkUnit>> stretches(unsigned part) const;
  ShareLayout layout(unsigned part) const { return layout_of(units_, ranges_[part]); }
  /// What a part costs: the sum of work_of() its units.
  std::uint64_t work(unsigned part) const;

 private:
  std::vector<WorkUnit> units_;
  std::vector<std::uint64_t> work_;
  std::vector<UnitRange> ranges_;
};

/// Whether statistics can be had in one pass over each part: not `exact` of dtypes wider than 16 bits.
bool takes_one_pass(const ProfilePlan& plan);

struct PartPlace {
  const CheckpointProfile& profile;
  const ProfilePlan& plan;
  const ShareLayout& layout;
};

/// `zeros` by place in the profile, as zero_patterns() gives them of the whole tensors.
void write_measures(WireWriter& out, const PartPlace& place, const MeasureState& state,
                    const std::vector<std::optional<ZeroPattern>>& zeros);

/// Of a tensor that `exact` searches; read_codes() throws Error{malformed}.
void write_codes(WireWriter& out, const std::vector<CodeCount>& codes);
std::vector<CodeCount> read_codes(WireReader& in);

void write_pattern(WireWriter& out, const std::optional<ZeroPattern>& pattern);

/// What the parts lead to, joined in their order.
class PartJoiner {
 public:
  /// Fills the statistics of `profile`; both must outlive it.
  PartJoiner(CheckpointProfile& profile, const ProfilePlan& plan, Twins twins);

  /// The next part. Throws Error{malformed} for what cannot be its measures. Of a part that does not know
  /// where zeros stand, `knows_zeros` is false.
  void join(WireReader& in, const ShareLayout& layout, bool knows_zeros = true);

  /// The totals, when all parts are joined. Throws Error{malformed} as join() does, and where further passes
  /// must make them exact.
  void finish_totals();

  /// What make_exact() takes instead, when all parts are joined.
  const TotalStats& totals() const;
  std::vector<std::unique_ptr<ExactSearch>>& searches() noexcept { return searches_; }

  /// Places of tensors whose zeros must be looked for before findings are finished.
  const std::vector<std::size_t>& unknown_zeros() const noexcept { return unknown_; }
  /// What write_pattern() wrote of that place.
  void read_zeros(WireReader& in, std::size_t place);

  /// By reading again; by digest the parts have noted all of them.
  void note_digest(std::size_t place, std::string digest) { digests_[place] = std::move(digest); }
  /// Last, when there is a digest for every place in possible_twins().
  void finish_findings();

 private:
  void read_open(WireReader& in, std::size_t tensor);
  void close(std::size_t tensor);
  void read_whole(WireReader& in, std::size_t tensor, bool knows_zeros);
  void look_later(std::size_t tensor);
  std::size_t place_of(std::size_t tensor) const;

  CheckpointProfile& profile_;
  const ProfilePlan& plan_;
  Twins twins_;
  TotalStats totals_;
  std::vector<TraceRequest> requests_;
  std::vector<bool> repeats_;
  std::vector<std::string> digests_;                    ///< by place in the profile
  std::vector<std::optional<ZeroPattern>> zeros_;       ///< by place in the profile
  std::vector<std::size_t> unknown_;                    ///< places, in order
  std::vector<std::unique_ptr<ExactSearch>> searches_;  ///< by tensor of the plan
  std::optional<OpenTensor> open_;
};

}  // namespace weightsieve
