#include "io/fault_guard.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <stdexcept>

namespace weightsieve::io {
namespace {

// The handler may look at a slot while its owner changes it. `version` is odd meanwhile; a slot that changes
// cannot be the one that the faulting thread reads through, so the handler just passes over it.
struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<std::uint32_t> version{0};
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<std::uint64_t> offset_bytes{0};
  std::atomic<FaultLog*> log{nullptr};
};

constexpr std::size_t kSlots = 4096;
std::array<Slot, kSlots> slots;
struct sigaction previous_action;
std::uintptr_t page_bytes;

void store(Slot& slot, const GuardedRange& range) noexcept {
  slot.version.fetch_add(1);
  slot.begin.store(range.begin);
  slot.end.store(range.end);
  slot.offset_bytes.store(range.offset_bytes);
  slot.log.store(range.log);
  slot.version.fetch_add(1);
}

bool load(const Slot& slot, GuardedRange& range) noexcept {
  const std::uint32_t version = slot.version.load();
  range = {slot.begin.load(), slot.end.load(), slot.offset_bytes.load(), slot.log.load()};
  return version % 2 == 0 && version == slot.version.load();
}

bool find_range(std::uintptr_t address, GuardedRange& range) noexcept {
  for (const Slot& slot : slots) {
    if (load(slot, range) && range.begin <= address && address < range.end) return true;
  }
  return false;
}

// Everything from the missing page to the end of the window, so that a truncated file costs one signal a
// mapping. The system call itself: library functions may be wrapped by code that is not safe in a signal
// handler.
bool put_zero_pages(std::uintptr_t begin, std::uintptr_t end) noexcept {
  return ::syscall(SYS_mmap, begin, end - begin, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
         -1;
}

bool recover(std::uintptr_t address) noexcept {
  GuardedRange range;
  if (!find_range(address, range)) return false;
  const std::uintptr_t page = address & ~(page_bytes - 1);
  range.log->record(range.offset_bytes + (page - range.begin));
  return put_zero_pages(page, range.end);
}

void hand_on(int signal, siginfo_t* info, void* context) noexcept {
  if ((previous_action.sa_flags & SA_SIGINFO) != 0)
    return previous_action.sa_sigaction(signal, info, context);
  if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    return previous_action.sa_handler(signal);
  }
  const bool was_sent = info->si_code <= 0;
  if (was_sent && previous_action.sa_handler == SIG_IGN) return;
  // The signal stays blocked until this handler returns; then it ends the process as it would have.
  ::sigaction(SIGBUS, &previous_action, nullptr);
  if (was_sent) ::raise(SIGBUS);
}

void handle_bus_error(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const bool is_fault = info->si_code > 0;
  if (!is_fault || !recover(reinterpret_cast<std::uintptr_t>(info->si_addr))) hand_on(signal, info, context);
  errno = saved_errno;
}

void install_handler() {
  page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = handle_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, nullptr, &previous_action);
  ::sigaction(SIGBUS, &action, nullptr);
}

std::size_t take_slot() {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (!slots[i].taken.exchange(true)) return i;
  }
  throw std::runtime_error("too many mappings at once");
}

}  // namespace

void FaultLog::record(std::uint64_t offset_bytes) noexcept {
  std::uint64_t known = first_.load();
  while (offset_bytes < known && !first_.compare_exchange_weak(known, offset_bytes)) {
  }
}

std::optional<std::uint64_t> FaultLog::first() const noexcept {
  const std::uint64_t offset_bytes = first_.load();
  if (offset_bytes == kNone) return std::nullopt;
  return offset_bytes;
}

FaultGuard::FaultGuard(const GuardedRange& range) : slot_(take_slot()) { store(slots[slot_], range); }

FaultGuard::~FaultGuard() {
  store(slots[slot_], {});
  slots[slot_].taken.store(false);
}

}  // namespace weightsieve::io
