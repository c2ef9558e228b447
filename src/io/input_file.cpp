#include "io/input_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "io/identity.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::io {
namespace {

// Not in every version of linux/magic.h; from the filesystems' own sources.
constexpr std::uint32_t kLustreMagic = 0x0BD00BD0;
constexpr std::uint32_t kGpfsMagic = 0x47504653;
constexpr std::uint32_t kFuseMagic = 0x65735546;
constexpr std::uint32_t kCifsMagic = 0xFF534D42;
constexpr std::uint32_t kSmb2Magic = 0xFE534D42;
constexpr std::uint32_t kBeegfsMagic = 0x19830326;

[[noreturn]] void refuse_kind(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::malformed, what + "; a checkpoint must be a regular file",
              {.file = path, .rule = "FILE-KIND"});
}

bool is_symlink(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

[[noreturn]] void refuse_error(const std::string& path, int error) {
  if (error == ELOOP) refuse_kind(path, "is a loop of symbolic links");
  if (error == ENOENT && is_symlink(path))
    refuse_kind(path, "is a symbolic link to a file that is not there");
  throw Error(ErrorCode::unreadable, "cannot be opened: " + std::generic_category().message(error),
              {.file = path});
}

void require_regular(const std::string& path, mode_t mode) {
  if (S_ISREG(mode)) return;
  if (S_ISDIR(mode)) refuse_kind(path, "is a directory");
  if (S_ISFIFO(mode)) refuse_kind(path, "is a pipe");
  if (S_ISSOCK(mode)) refuse_kind(path, "is a socket");
  refuse_kind(path, "is a device");
}

bool is_kernel_filesystem(std::uint32_t magic) {
  switch (magic) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
      return true;
    default:
      return false;
  }
}

bool is_network_filesystem(std::uint32_t magic) {
  switch (magic) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case kCifsMagic:
    case kSmb2Magic:
    case kLustreMagic:
    case kGpfsMagic:
    case kBeegfsMagic:
    case kFuseMagic:
    case AFS_SUPER_MAGIC:
    case AFS_FS_MAGIC:
    case CODA_SUPER_MAGIC:
    case V9FS_MAGIC:
      return true;
    default:
      return false;
  }
}

struct stat require_stat(const std::string& path, int descriptor) {
  struct stat status {};
  const int failed = descriptor < 0 ? ::stat(path.c_str(), &status) : ::fstat(descriptor, &status);
  if (failed != 0) refuse_error(path, errno);
  require_regular(path, status.st_mode);
  return status;
}

// A file whose size is 0 and that yields bytes all the same is made up by some driver as it is read.
void require_honest_size(const InputFile& file) {
  char byte = 0;
  if (file.identity.size_bytes != 0 || ::pread(file.descriptor.number(), &byte, 1, 0) <= 0) return;
  refuse_kind(file.path, "has bytes although its size is 0");
}

void require_same(const std::string& path, const FileIdentity& then, const struct stat& now) {
  if (same_content(then, identity_of(now))) return;
  throw Error(ErrorCode::changed, "changed while it was read", {.file = path});
}

}  // namespace

InputFile open_input(const std::string& path) {
  // Asked before opening, because opening alone can act on a device, and a socket cannot be opened at all.
  require_stat(path, -1);
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!descriptor.is_open()) refuse_error(path, errno);
  const struct stat status = require_stat(path, descriptor.number());

  struct statfs filesystem {};
  if (::fstatfs(descriptor.number(), &filesystem) != 0) refuse_error(path, errno);
  const auto magic = static_cast<std::uint32_t>(filesystem.f_type);
  if (is_kernel_filesystem(magic)) refuse_kind(path, "is made up by the kernel (/proc, /sys)");

  InputFile file{path, std::move(descriptor), identity_of(status), is_network_filesystem(magic)};
  require_honest_size(file);
  return file;
}

void read_fully(const InputFile& file, std::uint64_t offset_bytes, std::byte* buffer, std::size_t length) {
  while (length > 0) {
    const ssize_t count = ::pread(file.descriptor.number(), buffer, length, static_cast<off_t>(offset_bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw Error(ErrorCode::unreadable, "cannot be read: " + std::generic_category().message(errno),
                  {.file = file.path, .offset_bytes = offset_bytes});
    }
    if (count == 0) {
      throw Error(ErrorCode::changed, "became shorter while it was read",
                  {.file = file.path, .offset_bytes = offset_bytes});
    }
    buffer += count;
    offset_bytes += static_cast<std::uint64_t>(count);
    length -= static_cast<std::size_t>(count);
  }
}

void check_unchanged(const InputFile& file) {
  struct stat status {};
  if (::fstat(file.descriptor.number(), &status) != 0) refuse_error(file.path, errno);
  require_same(file.path, file.identity, status);
}

void check_unchanged(const std::string& path, const FileIdentity& then) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw Error(ErrorCode::changed, "is gone", {.file = path});
  require_same(path, then, status);
}

}  // namespace weightsieve::io
