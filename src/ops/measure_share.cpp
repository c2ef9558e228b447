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

/// Of the whole tensors of a stretch; others were measured before.
std::vector<std::size_t> suspects_in(const ShareLayout& layout, const CheckpointProfile& profile,
                                     const ProfilePlan& plan) {
  std::vector<std::size_t> places = zero_suspects(profile);
  if (layout.first_whole == layout.end_whole) return {};
  const auto place_of = [&](std::size_t tensor) {
    return static_cast<std::size_t>(plan.tensors[tensor].profile - profile.tensors.data());
  };
  const std::size_t first = place_of(layout.first_whole);
  const std::size_t last = place_of(layout.end_whole - 1);
  std::erase_if(places, [=](std::size_t place) { return place < first || place > last; });
  return places;
}

}  // namespace

void measure_units(ProfilePlan& plan, std::span<const WorkUnit> units, SourcePool& files,
                   const RunControl& control, MeasureState& state, MeasureJournal& journal,
                   const std::function<void()>& between_units) {
  const std::vector<WorkUnit> left =
      units_between(units, sizes_of(plan.tensors), state.position, {plan.tensors.size(), 0});
  ProgressMeter progress(control.progress, bytes_in(plan.tensors, left), "counting");
  MeasureJob job(
      files, plan.context, plan.tensors, left, state,
      [&](std::uint64_t bytes) {
        progress.add(bytes);
        journal.measured(bytes);
      },
      control.cancel);
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ThreadExecutor(threads, 2 * std::size_t{threads}, control.cancel, between_units).run(job);
  if (!takes_one_pass(plan)) journal.keep();
}

std::vector<std::byte> measure_stretch(std::span<const WorkUnit> units, CheckpointProfile& profile,
                                       ProfilePlan& plan, SourcePool& files, const RunControl& control,
                                       Twins twins, const KeptRuns& kept,
                                       const std::function<void()>& between_units) {
  const ShareLayout layout = layout_of(units, {0, units.size()});
  const PlanPosition begin = units.empty() ? PlanPosition{} : begin_of(units.front());
  MeasureState state(plan, begin, trace_requests(profile, plan, layout, twins));
  state.sends_codes = !takes_one_pass(plan);
  MeasureJournal journal(kept, plan, state);
  const auto zeros = journal.keep_on_failure([&] {
    measure_units(plan, units, files, control, state, journal, between_units);
    return zero_patterns(files, profile, suspects_in(layout, profile, plan), control);
  });
  state.end();
  WireWriter out;
  write_measures(out, {profile, plan, layout}, state, zeros);
  return out.take();
}

}  // namespace weightsieve
