#include <cfenv>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "weightsieve/base/error.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

/// The floating-point environment results are defined in, whatever a library that was loaded has set:
/// rounding to nearest, subnormals kept. Restored at the end.
class DefaultFloatingPoint {
 public:
  DefaultFloatingPoint() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatingPoint() { std::fesetenv(&before_); }
  DefaultFloatingPoint(const DefaultFloatingPoint&) = delete;
  DefaultFloatingPoint& operator=(const DefaultFloatingPoint&) = delete;

 private:
  std::fenv_t before_{};
};

/// One run of one job: which unit comes next, and which results wait for an earlier one.
class Run {
 public:
  Run(Job& job, std::size_t ahead, const CancelToken* cancel) : job_(job), ahead_(ahead), cancel_(cancel) {}

  void work(const std::function<void()>& between_units = nullptr) {
    const DefaultFloatingPoint environment;
    try {
      const std::unique_ptr<JobWorker> worker = make_worker();
      while (const auto unit = claim()) {
        if (between_units) between_units();
        run_unit(*worker, *unit);
      }
    } catch (...) {
      fail(next_unit(), std::current_exception());
    }
  }

  void throw_first_failure() const {
    if (!failures_.empty()) std::rethrow_exception(failures_.begin()->second);
  }

 private:
  std::unique_ptr<JobWorker> make_worker() {
    const std::scoped_lock lock(mutex_);
    return job_.make_worker();
  }

  std::size_t next_unit() {
    const std::scoped_lock lock(mutex_);
    return claimed_;
  }

  /// The next unit to run; nothing when all are claimed or one has failed.
  std::optional<std::size_t> claim() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return !failures_.empty() || claimed_ == job_.units() || claimed_ < merged_ + ahead_;
    });
    if (!failures_.empty() || claimed_ == job_.units()) return std::nullopt;
    stop_if_cancelled(cancel_);
    return claimed_++;
  }

  void run_unit(JobWorker& worker, std::size_t unit) {
    try {
      offer(unit, worker.run(unit));
    } catch (...) {
      fail(unit, std::current_exception());
    }
  }

  /// Hands in a result; whoever hands in the next one in order merges all that wait behind it.
  void offer(std::size_t unit, std::unique_ptr<UnitResult> result) {
    std::unique_lock lock(mutex_);
    waiting_.emplace(unit, std::move(result));
    if (merging_) return;
    merging_ = true;
    while (failures_.empty() && !waiting_.empty() && waiting_.begin()->first == merged_) {
      auto next = waiting_.extract(waiting_.begin());
      lock.unlock();
      try {
        job_.merge(next.key(), std::move(next.mapped()));
      } catch (...) {
        fail(next.key(), std::current_exception());
      }
      lock.lock();
      ++merged_;
      changed_.notify_all();
    }
    merging_ = false;
  }

  void fail(std::size_t unit, std::exception_ptr error) {
    const std::scoped_lock lock(mutex_);
    failures_.emplace(unit, std::move(error));
    changed_.notify_all();
  }

  Job& job_;
  std::size_t ahead_;
  const CancelToken* cancel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t claimed_ = 0;
  std::size_t merged_ = 0;
  bool merging_ = false;
  std::map<std::size_t, std::unique_ptr<UnitResult>> waiting_;
  std::map<std::size_t, std::exception_ptr> failures_;
};

}  // namespace

ThreadExecutor::ThreadExecutor(unsigned threads, std::size_t ahead, const CancelToken* cancel,
                               std::function<void()> between_units)
    : threads_(threads), ahead_(ahead), cancel_(cancel), between_units_(std::move(between_units)) {}

void ThreadExecutor::run(Job& job) {
  Run run(job, ahead_, cancel_);
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads_; ++i)
      others.emplace_back([&run] { run.work(); });
    run.work(between_units_);
  }
  run.throw_first_failure();
}

}  // namespace weightsieve
