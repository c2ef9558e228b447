// What an Executor runs: units of work, numbered in the order in which their results are joined.
#pragma once

#include <cstddef>
#include <memory>

namespace weightsieve {

/// What one unit yields.
class UnitResult {
 public:
  virtual ~UnitResult() = default;
};

/// One thread's share of a job.
class JobWorker {
 public:
  virtual ~JobWorker() = default;
  virtual std::unique_ptr<UnitResult> run(std::size_t unit) = 0;
};

class Job {
 public:
  virtual ~Job() = default;

  virtual std::size_t units() const = 0;

  /// Called once for each thread, from any thread, one at a time.
  virtual std::unique_ptr<JobWorker> make_worker() = 0;

  /// Takes the results in the order of their units, one at a time, from any thread.
  virtual void merge(std::size_t unit, std::unique_ptr<UnitResult> result) = 0;
};

}  // namespace weightsieve
