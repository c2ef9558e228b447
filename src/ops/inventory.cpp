#include "ops/inventory.hpp"

#include <algorithm>

namespace weightsieve {
namespace {

std::vector<ProfiledFile> files_of(const Checkpoint& checkpoint) {
  std::vector<ProfiledFile> files;
  files.reserve(checkpoint.files.size());
  for (const CheckpointFile& file : checkpoint.files)
    files.push_back({file.name, file.identity.size_bytes});
  return files;
}

std::vector<TensorProfile> kept_tensors(std::vector<TensorInfo> tensors, const NamePatterns& names) {
  std::vector<TensorProfile> kept;
  kept.reserve(tensors.size());
  for (TensorInfo& tensor : tensors)
    if (names.keep(tensor.name)) kept.push_back({std::move(tensor), nullptr});
  return kept;
}

/// A group of which the filter leaves one name ties nothing any more.
std::vector<std::vector<std::string>> kept_ties(std::vector<std::vector<std::string>> groups,
                                                const NamePatterns& names) {
  for (auto& group : groups)
    group.erase(
        std::remove_if(group.begin(), group.end(), [&](const auto& name) { return !names.keep(name); }),
        group.end());
  groups.erase(
      std::remove_if(groups.begin(), groups.end(), [](const auto& group) { return group.size() < 2; }),
      groups.end());
  return groups;
}

std::vector<SkippedTensor> kept_skips(std::vector<SkippedTensor> skipped, const NamePatterns& names) {
  skipped.erase(std::remove_if(skipped.begin(), skipped.end(),
                               [&](const SkippedTensor& tensor) { return !names.keep(tensor.name); }),
                skipped.end());
  return skipped;
}

}  // namespace

CheckpointProfile take_inventory(Checkpoint checkpoint, const NamePatterns& names) {
  CheckpointProfile profile;
  profile.files = files_of(checkpoint);
  profile.name = std::move(checkpoint.name);
  profile.format = std::move(checkpoint.format);
  profile.tensors = kept_tensors(std::move(checkpoint.tensors), names);
  profile.tied = kept_ties(std::move(checkpoint.tied), names);
  profile.problems = std::move(checkpoint.problems);
  profile.skipped = kept_skips(std::move(checkpoint.skipped), names);
  profile.totals = count_totals(profile.tensors, profile.tied);
  return profile;
}

}  // namespace weightsieve
