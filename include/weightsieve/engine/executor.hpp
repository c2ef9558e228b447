// Runs a Job's units side by side and joins their results in order, so that the outcome does not depend on
// how many threads there are or which is faster.
#pragma once

#include <cstddef>
#include <functional>

#include "weightsieve/base/progress.hpp"
#include "weightsieve/engine/job.hpp"

namespace weightsieve {

class Executor {
 public:
  virtual ~Executor() = default;

  /// Returns when every unit is merged. The first unit in order that throws ends the run with its exception;
  /// with a cancelled token the run ends with Error{cancelled}.
  virtual void run(Job& job) = 0;
};

/// CPUs this process may use: its affinity mask and its cgroup's quota, rounded up, and no more than its
/// cgroup's memory limit has room for; at least 1.
unsigned available_threads();

class ThreadExecutor : public Executor {
 public:
  /// `threads` ≥ 1, the calling one included. `ahead`: how many units may be started before the oldest one
  /// that runs is merged; bounds the memory that waiting results take.
  /// `between_units` is called by the calling thread before each unit it runs; what it throws ends the run.
  ThreadExecutor(unsigned threads, std::size_t ahead, const CancelToken* cancel,
                 std::function<void()> between_units = nullptr);

  void run(Job& job) override;

 private:
  unsigned threads_;
  std::size_t ahead_;
  const CancelToken* cancel_;
  std::function<void()> between_units_;
};

}  // namespace weightsieve
