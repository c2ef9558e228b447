#include "ops/profile_plan.hpp"

#include <set>
#include <string_view>

#include "ops/inventory.hpp"

namespace weightsieve {
namespace {

/// Reading and finishing a tensor of no size at all takes about as long as reading so many bytes.
constexpr std::uint64_t kTensorBytes = std::uint64_t{32} << 10;

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

}  // namespace

CheckpointProfile begin_profile(Checkpoint checkpoint, const std::string& path, const StatsOptions& stats,
                                const NameFilter& filter, const NamePatterns& names) {
  CheckpointProfile profile = take_inventory(std::move(checkpoint), names);
  require_match(filter, profile.tensors.size(), path);
  list_unreadable(profile);
  profile.options = RecordedOptions{stats, filter.include, filter.exclude, filter.include_optimizer};
  return profile;
}

ProfilePlan plan_profile(CheckpointProfile& profile) {
  ProfilePlan plan;
  plan.context.options = profile.options->stats;
  const auto repeated = repeated_names(profile.tied);
  std::uint64_t total_values = 0;
  bool wide = false;
  for (TensorProfile& tensor : profile.tensors) {
    if (!has_values(tensor.info.dtype)) continue;
    TensorTask task{tensor.info.dtype, tensor.info.elements, sample_stream(tensor.info.name), std::nullopt};
    if (tensor.info.role == Role::parameter && !repeated.contains(tensor.info.name)) {
      task.total_first = total_values;
      total_values += task.values();
      wide = wide || !is_coded(task.dtype);
    }
    plan.tensors.push_back({&tensor, task});
  }
  const StatsOptions& options = plan.context.options;
  if (!wide || options.quantile_method == QuantileChoice::exact) return plan;
  const bool keep_all = total_values <= kSmallElements;
  plan.context.total_sample.emplace(options.seed, sample_stream(""), total_values,
                                    keep_all ? total_values : options.sample);
  return plan;
}

std::vector<std::uint64_t> sizes_of(std::span<const MeasuredTensor> tensors) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(tensors.size());
  for (const MeasuredTensor& tensor : tensors)
    sizes.push_back(tensor.task.elements);
  return sizes;
}

std::vector<WorkUnit> units_of(std::span<const MeasuredTensor> tensors, unsigned threads) {
  return plan_units(sizes_of(tensors), kChunkElements, kSmallElements, threads);
}

std::uint64_t bytes_of(std::span<const MeasuredTensor> tensors) {
  std::uint64_t bytes = 0;
  for (const MeasuredTensor& tensor : tensors)
    bytes += tensor.profile->info.bytes;
  return bytes;
}

std::vector<std::uint64_t> work_of(std::span<const MeasuredTensor> tensors, std::span<const WorkUnit> units) {
  std::vector<std::uint64_t> work;
  work.reserve(units.size());
  for (const WorkUnit& unit : units)
    work.push_back(unit.tensors * kTensorBytes + sum_over(unit, tensors, work_cost));
  return work;
}

std::vector<bool> repeats_of(const CheckpointProfile& profile, const ProfilePlan& plan) {
  const std::vector<bool> by_place = tied_repeats(profile.tensors, profile.tied);
  std::vector<bool> repeats;
  repeats.reserve(plan.tensors.size());
  for (const MeasuredTensor& tensor : plan.tensors)
    repeats.push_back(by_place[static_cast<std::size_t>(tensor.profile - profile.tensors.data())]);
  return repeats;
}

}  // namespace weightsieve
