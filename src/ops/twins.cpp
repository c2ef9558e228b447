#include "ops/twins.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "ops/crew_of.hpp"
#include "ops/fingerprint_job.hpp"

namespace weightsieve {
namespace {

std::vector<std::string> fingerprints(SourcePool& files, const std::vector<const TensorInfo*>& tensors,
                                      const RunControl& control) {
  std::uint64_t bytes = 0;
  for (const TensorInfo* tensor : tensors)
    bytes += tensor->bytes;
  ProgressMeter progress(control.progress, bytes, "looking for twins");
  return take_fingerprints(files, tensors, crew_of(control), progress);
}

}  // namespace

std::vector<std::vector<std::size_t>> equal_twins(SourcePool& files, const CheckpointProfile& profile,
                                                  const std::vector<std::vector<std::size_t>>& groups,
                                                  const RunControl& control) {
  if (groups.empty()) return {};
  std::vector<const TensorInfo*> tensors;
  for (const auto& group : groups)
    for (const std::size_t place : group)
      tensors.push_back(&profile.tensors[place].info);
  const std::vector<std::string> prints = fingerprints(files, tensors, control);
  std::vector<std::string> digests(profile.tensors.size());
  auto next = prints.begin();
  for (const auto& group : groups)
    for (const std::size_t place : group)
      digests[place] = *next++;
  return split_by_digest(groups, digests);
}

std::vector<std::vector<std::size_t>> split_by_digest(const std::vector<std::vector<std::size_t>>& groups,
                                                      const std::vector<std::string>& digests) {
  std::vector<std::vector<std::size_t>> twins;
  for (const auto& group : groups) {
    std::map<std::string, std::vector<std::size_t>> equal;
    for (const std::size_t place : group)
      equal[digests[place]].push_back(place);
    for (auto& [digest, members] : equal)
      if (members.size() > 1) twins.push_back(std::move(members));
  }
  std::ranges::sort(twins);
  return twins;
}

}  // namespace weightsieve
