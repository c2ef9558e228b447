// What the passes over a checkpoint share: which tensors are read, and under which plan.
#pragma once

#include <vector>

#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// A tensor to be measured. `profile` stays valid for the whole run.
struct MeasuredTensor {
  TensorProfile* profile = nullptr;
  TensorTask task;
};

/// Reports bytes done in one pass of this name, which must outlive it; called by whoever merges.
class ProgressMeter {
 public:
  ProgressMeter(const ProgressSink& sink, std::uint64_t total_bytes, std::string_view pass = {})
      : sink_(&sink), state_{0, total_bytes, pass} {}

  void add(std::uint64_t bytes) {
    state_.done_bytes += bytes;
    if (*sink_) (*sink_)(state_);
  }

 private:
  const ProgressSink* sink_;
  Progress state_;
};

}  // namespace weightsieve
