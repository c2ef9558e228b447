#include "ops/kept_stretches.hpp"

namespace weightsieve {

KeptStretches::KeptStretches(KeptRuns kept) : kept_(std::move(kept)) {
  PlanPosition at;
  for (const auto& [begin, run] : kept_.runs) {
    const PlanPosition end = end_of(run);
    if (begin < at || end <= begin) continue;
    stretches_.push_back({begin, end});
    at = end;
  }
}

void KeptStretches::join_up_to(const PlanPosition& end, CheckpointProfile& profile, const ProfilePlan& plan,
                               const std::function<void(const PlanStretch&, Bytes)>& join) {
  for (; next_ < stretches_.size() && stretches_[next_].begin < end; ++next_) {
    const ShareLayout layout = layout_between(stretches_[next_].begin, stretches_[next_].end);
    MeasureState state(plan, stretches_[next_].begin,
                       trace_requests(profile, plan, layout, Twins::by_reading));
    state.sends_codes = !takes_one_pass(plan);
    const MeasureJournal restored(kept_, plan, state);
    kept_.runs.erase(stretches_[next_].begin);
    state.end();
    WireWriter out;
    write_measures(out, {profile, plan, layout}, state,
                   std::vector<std::optional<ZeroPattern>>(profile.tensors.size()));
    join(stretches_[next_], out.bytes());
  }
}

void write_position(WireWriter& out, const PlanPosition& position) {
  out.count(position.tensor);
  out.count(position.element);
}

PlanPosition read_position(WireReader& in) {
  const auto tensor = static_cast<std::size_t>(in.count());
  return {tensor, in.count()};
}

void write_stretches(WireWriter& out, const std::vector<PlanStretch>& stretches) {
  out.count(stretches.size());
  for (const auto& [begin, end] : stretches) {
    write_position(out, begin);
    write_position(out, end);
  }
}

std::vector<PlanStretch> read_stretches(WireReader& in) {
  std::vector<PlanStretch> stretches(in.length());
  for (PlanStretch& stretch : stretches) {
    stretch.begin = read_position(in);
    stretch.end = read_position(in);
  }
  return stretches;
}

}  // namespace weightsieve
