#include "weightsieve/ops/profile.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "ops/inventory.hpp"
#include "ops/measure_job.hpp"
#include "ops/open_input.hpp"
#include "ops/search_job.hpp"
#include "ops/twins.hpp"
#include "ops/zero_job.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve {
namespace {

/// Tensors whose values nobody can read stay in the inventory, without statistics.
void list_unreadable(CheckpointProfile& profile) {
  for (const TensorProfile& tensor : profile.tensors) {
    if (has_values(tensor.info.dtype)) continue;
    profile.skipped.push_back({tensor.info.name, "how safetensors packs " +
                                                     std::string(dtype_info(tensor.info.dtype).name) +
                                                     " elements into bytes is not specified"});
  }
}

/// Names that repeat a tensor counted under another name.
std::set<std::string_view> repeated_names(const std::vector<std::vector<std::string>>& tied) {
  std::set<std::string_view> names;
  for (const auto& group : tied)
    names.insert(group.begin() + 1, group.end());
  return names;
}

/// One profiling run: plan, first pass, further passes.
class ProfileRun {
 public:
  ProfileRun(CheckpointProfile& profile, SourcePool& files, const RunControl& control)
      : profile_(profile),
        files_(files),
        control_(control),
        threads_(control.threads != 0 ? control.threads : available_threads()) {
    context_.options = profile.options->stats;
    plan_tensors();
  }

  void run() {
    TotalStats totals(context_);
    searches_.resize(tensors_.size());
    measure(totals);
    auto [statistics, search] = totals.finish();
    while (needs_pass(search.get()))
      search_once(totals, search.get());
    complete(statistics, search.get());
    profile_.totals.statistics = std::make_unique<Statistics>(std::move(statistics));
  }

 private:
  void plan_tensors() {
    const auto repeated = repeated_names(profile_.tied);
    std::uint64_t total_values = 0;
    bool wide = false;
    for (TensorProfile& tensor : profile_.tensors) {
      if (!has_values(tensor.info.dtype)) continue;
      TensorTask task{tensor.info.dtype, tensor.info.elements, sample_stream(tensor.info.name), std::nullopt};
      if (tensor.info.role == Role::parameter && !repeated.contains(tensor.info.name)) {
        task.total_first = total_values;
        total_values += task.values();
        wide = wide || !is_coded(task.dtype);
      }
      tensors_.push_back({&tensor, task});
    }
    const StatsOptions& options = context_.options;
    if (!wide || options.quantile_method == QuantileChoice::exact) return;
    const bool keep_all = total_values <= kSmallElements;
    context_.total_sample.emplace(options.seed, sample_stream(""), total_values,
                                  keep_all ? total_values : options.sample);
  }

  std::vector<WorkUnit> units(std::span<const MeasuredTensor> tensors) const {
    std::vector<std::uint64_t> sizes;
    sizes.reserve(tensors.size());
    for (const MeasuredTensor& tensor : tensors)
      sizes.push_back(tensor.task.elements);
    return plan_units(sizes, kChunkElements, kSmallElements, threads_);
  }

  static std::uint64_t bytes_of(std::span<const MeasuredTensor> tensors) {
    std::uint64_t bytes = 0;
    for (const MeasuredTensor& tensor : tensors)
      bytes += tensor.profile->info.bytes;
    return bytes;
  }

  void measure(TotalStats& totals) {
    ProgressMeter progress(control_.progress, bytes_of(tensors_), "counting");
    MeasureJob job(files_, context_, tensors_, units(tensors_), totals, searches_, progress);
    ThreadExecutor(threads_, 2 * std::size_t{threads_}, control_.cancel).run(job);
  }

  static bool open(const std::unique_ptr<ExactSearch>& search) { return search && !search->done(); }

  bool needs_pass(const ExactSearch* total) const {
    return (total != nullptr && !total->done()) || std::ranges::any_of(searches_, open);
  }

  /// Reads again what an open search still has to count.
  void search_once(const TotalStats& totals, ExactSearch* total) {
    if (total != nullptr && total->done()) total = nullptr;
    std::vector<MeasuredTensor> again;
    std::vector<std::unique_ptr<ExactSearch>> searches;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const TensorTask& task = tensors_[i].task;
      const bool counts_in_total =
          total != nullptr && task.total_first && !is_coded(task.dtype) && !total->is_settled(task.dtype);
      if (!open(searches_[i]) && !counts_in_total) continue;
      again.push_back(tensors_[i]);
      places.push_back(i);
      searches.push_back(open(searches_[i]) ? std::move(searches_[i]) : nullptr);
    }
    if (total != nullptr) begin_total(totals, *total);
    ProgressMeter progress(control_.progress, bytes_of(again), "counting again what is not exact yet");
    SearchJob job(files_, again, searches, total, units(again), progress);
    ThreadExecutor(threads_, std::size_t{threads_} + 1, control_.cancel).run(job);
    if (total != nullptr) total->end_pass();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (searches[i]) searches_[places[i]] = std::move(searches[i]);
    }
  }

  static void begin_total(const TotalStats& totals, ExactSearch& total) {
    total.begin_pass();
    ExactTally tally(total);
    totals.count_known(tally);
  }

  void complete(Statistics& total_statistics, const ExactSearch* total) {
    if (total != nullptr) total->complete(total_statistics);
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (searches_[i]) searches_[i]->complete(*tensors_[i].profile->statistics);
    }
  }

  CheckpointProfile& profile_;
  SourcePool& files_;
  const RunControl& control_;
  unsigned threads_;
  StatsContext context_;
  std::vector<MeasuredTensor> tensors_;
  std::vector<std::unique_ptr<ExactSearch>> searches_;
};

}  // namespace

CheckpointProfile profile_checkpoint(const std::string& path, const StatsOptions& stats,
                                     const NameFilter& filter, const RunControl& control) {
  const NamePatterns names(filter);
  Checkpoint checkpoint = open_input(path, control, filter.include_optimizer);
  SourcePool files = open_files(checkpoint, control.io);
  CheckpointProfile profile = take_inventory(std::move(checkpoint), names);
  require_match(filter, profile.tensors.size(), path);
  list_unreadable(profile);
  profile.options = RecordedOptions{stats, filter.include, filter.exclude, filter.include_optimizer};
  ProfileRun(profile, files, control).run();
  const auto twins = equal_twins(files, profile, possible_twins(profile), control);
  const auto zeros = zero_patterns(files, profile, control);
  files.check_unchanged();
  profile.findings = find_findings(profile, twins, zeros);
  return profile;
}

}  // namespace weightsieve
