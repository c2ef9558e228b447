#include "ops/measure_share.hpp"

#include "ops/measure_job.hpp"
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

void measure_units(ProfilePlan& plan, std::span<const WorkUnit> units, SourcePool& files,
                   const RunControl& control, MeasureState& state, MeasureJournal& journal,
                   const std::function<void()>& between_units) {
  const std::vector<WorkUnit> left =
      units_between(units, sizes_of(plan.tensors), state.position, {plan.tensors.size(), 0});
  ProgressMeter progress(control.progress, bytes_in(plan.tensors, left), "counting");
  MeasureJob job(files, plan.context, plan.tensors, left, state, [&](std::uint64_t bytes) {
    progress.add(bytes);
    journal.measured(bytes);
  });
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ThreadExecutor(threads, 2 * std::size_t{threads}, control.cancel, between_units).run(job);
  if (!state.codes.empty()) journal.keep();
}

std::vector<std::byte> measure_share(const ShareOf& share, CheckpointProfile& profile, ProfilePlan& plan,
                                     SourcePool& files, const RunControl& control, Twins twins,
                                     const KeptRuns& kept, const std::function<void()>& between_units) {
  const PartPlan parts(plan, share.shares);
  const auto units = parts.units(share.index);
  const ShareLayout layout = parts.layout(share.index);
  const PlanPosition begin = units.empty() ? PlanPosition{} : begin_of(units.front());
  MeasureState state(plan, begin, trace_requests(profile, plan, layout, twins));
  MeasureJournal journal(kept, plan, state);
  const auto zeros = journal.keep_on_failure([&] {
    measure_units(plan, units, files, control, state, journal, between_units);
    return zero_patterns(files, profile, control);
  });
  state.end();
  WireWriter out;
  write_measures(out, {profile, plan, layout}, state, zeros);
  return out.take();
}

}  // namespace weightsieve
