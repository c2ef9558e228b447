#include "ops/inventory.hpp"

#include <algorithm>

#include "weightsieve/profile/findings.hpp"

namespace weightsieve {
namespace {

template <class T, class Condition>
void drop_if(std::vector<T>& items, Condition condition) {
  items.erase(std::remove_if(items.begin(), items.end(), condition), items.end());
}

std::vector<ProfiledFile> files_of(const Checkpoint& checkpoint) {
  std::vector<ProfiledFile> files;
  files.reserve(checkpoint.files.size());
  for (const CheckpointFile& file : checkpoint.files)
    files.push_back({file.name, file.identity.size_bytes, file.encoding});
  return files;
}

std::vector<TensorProfile> without_statistics(std::vector<TensorInfo> tensors) {
  std::vector<TensorProfile> profiles;
  profiles.reserve(tensors.size());
  for (TensorInfo& tensor : tensors)
    profiles.push_back({std::move(tensor), nullptr});
  return profiles;
}

}  // namespace

void keep_only(CheckpointProfile& profile, const NamePatterns& names) {
  drop_if(profile.tensors, [&](const TensorProfile& tensor) { return !names.keep(tensor.info.name); });
  drop_if(profile.skipped, [&](const SkippedTensor& tensor) { return !names.keep(tensor.name); });
  drop_if(profile.findings, [&](const Finding& finding) { return !names.keep(finding.tensor); });
  for (auto& group : profile.tied)
    drop_if(group, [&](const std::string& name) { return !names.keep(name); });
  drop_if(profile.tied, [](const auto& group) { return group.size() < 2; });
}

CheckpointProfile take_inventory(Checkpoint checkpoint, const NamePatterns& names) {
  CheckpointProfile profile;
  profile.files = files_of(checkpoint);
  profile.name = std::move(checkpoint.name);
  profile.format = std::move(checkpoint.format);
  profile.tensors = without_statistics(std::move(checkpoint.tensors));
  profile.tied = std::move(checkpoint.tied);
  profile.problems = std::move(checkpoint.problems);
  profile.skipped = std::move(checkpoint.skipped);
  profile.findings = masked_findings(checkpoint.masked);
  keep_only(profile, names);
  profile.totals = count_totals(profile.tensors, profile.tied);
  return profile;
}

}  // namespace weightsieve
