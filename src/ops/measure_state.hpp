// What a pass has led to so far: of a run of chunks, in order, everything that counting them gave. A pass
// that was interrupted goes on from it (see measure_journal.hpp). One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/profile_plan.hpp"
#include "ops/tensor_measures.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

/// Vectors have a place for each tensor of the plan. Statistics of whole tensors are in the profile.
struct MeasureState {
  /// `requests` may be empty: nothing is asked for.
  MeasureState(const ProfilePlan& plan, const PlanPosition& first, std::vector<TraceRequest> requests);

  TraceRequest request_for(std::size_t tensor) const;
  bool begins_inside(std::size_t tensor) const noexcept;
  /// Nothing is measured behind `position` any more: a tensor that goes on there is the tail.
  void end();

  PlanPosition begin;     ///< of the run
  PlanPosition position;  ///< up to where it is measured
  std::vector<TraceRequest> requests;
  std::vector<std::string> digests;                     ///< of whole tensors, where requested
  std::vector<Moments> moments;                         ///< of whole tensors
  std::vector<std::vector<Moments>> scale_moments;      ///< of their blocks' scales
  std::vector<std::unique_ptr<ExactSearch>> searches;   ///< what `exact` still needs
  std::map<std::size_t, std::vector<CodeCount>> codes;  ///< that searches begin with, where they are kept
  bool keeps_codes = false;                             ///< until the journal has them
  bool sends_codes = false;  ///< and to the end: whoever joins needs them for the searches of `exact`
  TotalStats totals;
  std::optional<OpenTensor> open;  ///< the tensor that `position` lies in
  std::optional<OpenTensor> head;  ///< the end of the first tensor, where the run begins in its midst
  std::optional<OpenTensor> tail;  ///< what the run ends with in the midst of a tensor
};

}  // namespace weightsieve
