// How a long run tells its caller where it is, and how the caller stops it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

namespace weightsieve {

struct Progress {
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;  ///< of this pass
  std::string_view pass = {};     ///< what is being done: "finding thresholds"; valid during the call
};

/// Bytes count up from 0 in each of a run's passes. Called now and then from whichever thread got that far,
/// never from two at once. May be empty.
using ProgressSink = std::function<void(const Progress&)>;

/// Reports bytes done in one pass of this name, which must outlive it; called by whoever merges.
class ProgressMeter {
 public:
  ProgressMeter(const ProgressSink& sink, std::uint64_t total_bytes, std::string_view pass = {})
      : sink_(&sink), state_{0, total_bytes, pass} {}

  /// Never shows more than the whole.
  void add(std::uint64_t bytes) {
    state_.done_bytes = std::min(state_.done_bytes + bytes, state_.total_bytes);
    if (*sink_) (*sink_)(state_);
  }

 private:
  const ProgressSink* sink_;
  Progress state_;
};

/// Asks a run to stop soon. cancel() may be called from any thread and from a signal handler; the run then
/// ends with Error{cancelled}.
class CancelToken {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
};

/// Throws Error{cancelled} where the token says so; null never does.
void stop_if_cancelled(const CancelToken* token);

}  // namespace weightsieve
