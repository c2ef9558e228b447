#include "ops/measure_share.hpp"

#include "ops/zero_job.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {

std::vector<std::byte> measure_share(const ShareOf& share, CheckpointProfile& profile, ProfilePlan& plan,
                                     SourcePool& files, const RunControl& control, Twins twins,
                                     const std::function<void()>& between_units) {
  const PartUnits units = units_of_part(plan, share);
  ShareRecord record = empty_record(plan, trace_requests(profile, plan, units.layout, twins));
  TotalStats totals(plan.context);
  std::vector<std::unique_ptr<ExactSearch>> searches(plan.tensors.size());
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ProgressMeter progress(control.progress, units.bytes, "counting");
  MeasureJob job(files, plan.context, plan.tensors, units.mine, totals, searches, progress, &record);
  ThreadExecutor(threads, 2 * std::size_t{threads}, control.cancel, between_units).run(job);
  const auto zeros = zero_patterns(files, profile, control);
  WireWriter out;
  write_measures(out, {profile, plan, units.layout}, record, zeros, totals);
  return out.take();
}

}  // namespace weightsieve
