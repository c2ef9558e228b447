#include "ops/measure_share.hpp"

#include "ops/zero_job.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

std::uint64_t bytes_in(std::span<const MeasuredTensor> tensors, std::span<const WorkUnit> units) {
  std::uint64_t bytes = 0;
  for (const WorkUnit& unit : units)
    for (const MeasuredTensor& tensor : tensors.subspan(unit.first_tensor, unit.tensors)) {
      const std::uint64_t elements = unit.tensors == 1 ? unit.elements : tensor.task.elements;
      bytes += elements * dtype_info(tensor.task.dtype).bits / 8;
    }
  return bytes;
}

}  // namespace

std::vector<std::byte> measure_share(const ShareOf& share, CheckpointProfile& profile, ProfilePlan& plan,
                                     SourcePool& files, const RunControl& control, Twins twins,
                                     const std::function<void()>& between_units) {
  const PartPlan parts(plan, share.shares);
  const auto units = parts.units(share.index);
  const ShareLayout layout = parts.layout(share.index);
  ShareRecord record = empty_record(plan, trace_requests(profile, plan, layout, twins));
  TotalStats totals(plan.context);
  std::vector<std::unique_ptr<ExactSearch>> searches(plan.tensors.size());
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ProgressMeter progress(control.progress, bytes_in(plan.tensors, units), "counting");
  MeasureJob job(files, plan.context, plan.tensors, {units.begin(), units.end()}, totals, searches, progress,
                 &record);
  ThreadExecutor(threads, 2 * std::size_t{threads}, control.cancel, between_units).run(job);
  const auto zeros = zero_patterns(files, profile, control);
  WireWriter out;
  write_measures(out, {profile, plan, layout}, record, zeros, totals);
  return out.take();
}

}  // namespace weightsieve
