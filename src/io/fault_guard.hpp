// Turns SIGBUS on a mapped range into a note. A page of a mapped file that is no longer there (the file was
// truncated, its disk failed) raises SIGBUS when touched; inside a guarded range the handler puts zero pages
// in its place, notes the offset, and the reader goes on to an ordinary error.
//
// The handler is installed once, for the process, with the first guard; a SIGBUS that is not ours goes to
// whatever handled it before. Arming and disarming is lock-free and safe from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weightsieve::io {

/// The lowest file offset at which a page was missing. Written by the signal handler.
class FaultLog {
 public:
  void record(std::uint64_t offset_bytes) noexcept;
  std::optional<std::uint64_t> first() const noexcept;

 private:
  static constexpr std::uint64_t kNone = UINT64_MAX;
  std::atomic<std::uint64_t> first_{kNone};
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

struct GuardedRange {
  std::uintptr_t begin = 0;  ///< on a page boundary
  std::uintptr_t end = 0;
  std::uint64_t offset_bytes = 0;  ///< of the file, at begin
  FaultLog* log = nullptr;
};

/// Guards one mapped range for as long as it lives; the mapping and the log must outlive it.
class FaultGuard {
 public:
  /// Throws std::runtime_error when as many ranges are guarded already as the registry holds (4,096).
  explicit FaultGuard(const GuardedRange& range);
  ~FaultGuard();
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

 private:
  std::size_t slot_;
};

}  // namespace weightsieve::io
