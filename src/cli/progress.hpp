// Where a long run is: a bar that redraws itself on a terminal, now and then a line elsewhere. Never part of
// a result.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "weightsieve/base/progress.hpp"

namespace weightsieve::cli {

enum class ProgressStyle : char { none, bar, lines };

/// One run's progress. report() may be called from any thread, from one at a time.
class ProgressDisplay {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  using Write = std::function<void(std::string_view)>;

  ProgressDisplay(ProgressStyle style, std::string label, unsigned width, Write write,
                  Clock clock = std::chrono::steady_clock::now);
  /// Wipes the bar.
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// A bar is drawn at most ten times a second, a line written at most each 30 seconds. When all is done the
  /// bar is wiped, before anybody prints a result. Each pass has its own pace.
  void report(const Progress& progress);

 private:
  void wipe();
  std::string name(std::size_t room) const;
  std::string bar(const Progress& progress, double seconds) const;
  std::string line(const Progress& progress, double seconds) const;

  ProgressStyle style_;
  std::string label_;
  unsigned width_;
  Write write_;
  Clock clock_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
  std::uint64_t last_done_bytes_ = 0;
  std::string pass_;  ///< that was reported last
  bool drawn_ = false;
};

/// How long, to a precision that helps: "8 s", "3 min 20 s", "2 h 05 min".
std::string duration_text(double seconds);

}  // namespace weightsieve::cli
