#include "ops/trace_requests.hpp"

#include <map>
#include <tuple>

#include "ops/zero_job.hpp"

namespace weightsieve {
namespace {

auto kind_of(const TensorInfo& info) { return std::tie(info.dtype, info.blocks, info.shape); }

}  // namespace

std::vector<TraceRequest> trace_requests(const CheckpointProfile& profile, const ProfilePlan& plan,
                                         const ShareLayout& layout, Twins twins) {
  const std::vector<bool> repeats = repeats_of(profile, plan);
  std::vector<TraceRequest> requests(plan.tensors.size());
  for (const auto& cut : {layout.head, layout.tail})
    if (cut) requests[*cut].zeros = zero_scan_of(plan.tensors[*cut].profile->info, repeats[*cut]);
  if (twins == Twins::by_reading) return requests;
  std::map<std::tuple<const Dtype&, const BlockType&, const Shape&>, std::size_t> kinds;
  for (std::size_t i = 0; i < plan.tensors.size(); ++i)
    if (!repeats[i]) ++kinds[kind_of(plan.tensors[i].profile->info)];
  for (std::size_t i = 0; i < requests.size(); ++i)
    requests[i].digest = !repeats[i] && kinds[kind_of(plan.tensors[i].profile->info)] > 1;
  return requests;
}

}  // namespace weightsieve
