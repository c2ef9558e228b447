#include "io/faults.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

namespace weightsieve::faults {
namespace {

struct Plan {
  int error = 0;
  int nth = 0;
  int calls = 0;
  std::function<void()> before = {};
};

std::atomic<bool> is_active{false};
std::array<Plan, static_cast<std::size_t>(Call::count)> plans;
std::size_t most_bytes = SIZE_MAX;
std::optional<struct stat> frozen;
std::optional<std::pair<long, long>> filesystem;  // its magic number and its blocks
std::vector<std::pair<std::size_t, std::size_t>> seen;

Plan& plan_of(Call call) { return plans[static_cast<std::size_t>(call)]; }

bool fails(Call call) {
  if (!is_active) return false;
  Plan& plan = plan_of(call);
  if (const auto action = std::exchange(plan.before, nullptr)) action();
  if (++plan.calls != plan.nth) return false;
  errno = plan.error;
  return true;
}

}  // namespace

Scope::Scope() { is_active = true; }

Scope::~Scope() {
  is_active = false;
  plans = {};
  most_bytes = SIZE_MAX;
  frozen.reset();
  filesystem.reset();
  seen.clear();
}

Scope& Scope::fail(Call call, int error, int nth) {
  plan_of(call).error = error;
  plan_of(call).nth = plan_of(call).calls + nth;
  return *this;
}

Scope& Scope::run_before(Call call, std::function<void()> action) {
  plan_of(call).before = std::move(action);
  return *this;
}

Scope& Scope::transfer_at_most(std::size_t bytes) {
  most_bytes = bytes;
  return *this;
}

Scope& Scope::freeze_fstat(const char* path) {
  struct stat status {};
  if (::stat(path, &status) == 0) frozen = status;
  return *this;
}

Scope& Scope::pretend_filesystem(long magic, long block_bytes) {
  filesystem = {magic, block_bytes};
  return *this;
}

const std::vector<std::pair<std::size_t, std::size_t>>& reads() { return seen; }

int calls(Call call) { return plan_of(call).calls; }

}  // namespace weightsieve::faults

using weightsieve::faults::Call;
using weightsieve::faults::fails;
using weightsieve::faults::filesystem;
using weightsieve::faults::frozen;
using weightsieve::faults::most_bytes;

extern "C" {

ssize_t pread(int fd, void* buffer, size_t length, off_t offset) {
  if (fails(Call::pread)) return -1;
  if (filesystem) weightsieve::faults::seen.emplace_back(offset, static_cast<std::size_t>(offset) + length);
  return ::syscall(SYS_pread64, fd, buffer, std::min(length, most_bytes), offset);
}

ssize_t write(int fd, const void* buffer, size_t length) {
  if (fails(Call::write)) return -1;
  return ::syscall(SYS_write, fd, buffer, std::min(length, most_bytes));
}

int fsync(int fd) { return fails(Call::fsync) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd)); }

int close(int fd) {
  const int result = static_cast<int>(::syscall(SYS_close, fd));
  return fails(Call::close) ? -1 : result;
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  if (fails(Call::rename)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0U));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (fails(Call::rename_no_replace)) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  if (fails(Call::link)) return -1;
  return static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

int fstat(int fd, struct stat* status) noexcept {
  const int result = static_cast<int>(::syscall(SYS_fstat, fd, status));
  if (result == 0 && frozen && frozen->st_dev == status->st_dev && frozen->st_ino == status->st_ino) {
    *status = *frozen;
  }
  if (filesystem) status->st_blksize = filesystem->second;
  return result;
}

int fstatfs(int fd, struct statfs* status) noexcept {
  const int result = static_cast<int>(::syscall(SYS_fstatfs, fd, status));
  if (filesystem) status->f_type = filesystem->first;
  return result;
}

}  // extern "C"
