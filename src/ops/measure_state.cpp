#include "ops/measure_state.hpp"

#include <utility>

namespace weightsieve {

MeasureState::MeasureState(const ProfilePlan& plan, const PlanPosition& first,
                           std::vector<TraceRequest> asked)
    : begin(first),
      position(first),
      requests(std::move(asked)),
      digests(plan.tensors.size()),
      moments(plan.tensors.size()),
      scale_moments(plan.tensors.size()),
      searches(plan.tensors.size()),
      totals(plan.context) {}

TraceRequest MeasureState::request_for(std::size_t tensor) const {
  return requests.empty() ? TraceRequest{} : requests[tensor];
}

bool MeasureState::begins_inside(std::size_t tensor) const noexcept {
  return begin.element != 0 && begin.tensor == tensor;
}

void MeasureState::end() { tail = std::exchange(open, std::nullopt); }

}  // namespace weightsieve
