#include "io/file_kind.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "weightsieve/base/error.hpp"

namespace weightsieve::io {
namespace {

// Filesystems of linux/magic.h and, where a number stands, of their own sources.
constexpr std::array<std::uint32_t, 14> kKernelFilesystems = {
    PROC_SUPER_MAGIC,   SYSFS_MAGIC,         DEBUGFS_MAGIC,      TRACEFS_MAGIC, SECURITYFS_MAGIC,
    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, SELINUX_MAGIC,      BPF_FS_MAGIC,  NSFS_MAGIC,
    EFIVARFS_MAGIC,     PSTOREFS_MAGIC,      DEVPTS_SUPER_MAGIC, BINFMTFS_MAGIC};

constexpr std::array<std::uint32_t, 14> kRemoteFilesystems = {
    NFS_SUPER_MAGIC,         SMB_SUPER_MAGIC,
    AFS_SUPER_MAGIC,         AFS_FS_MAGIC,
    CODA_SUPER_MAGIC,        V9FS_MAGIC,
    0xFF534D42 /* CIFS */,   0xFE534D42 /* SMB2 */,
    0x0BD00BD0 /* Lustre */, 0x47504653 /* GPFS */,
    0x65735546 /* FUSE */,   0x00C36400 /* Ceph */,
    0x19830326 /* BeeGFS */, 0x20030528 /* OrangeFS */};

constexpr std::array<std::uint32_t, 3> kMemoryFilesystems = {TMPFS_MAGIC, RAMFS_MAGIC, HUGETLBFS_MAGIC};

template <std::size_t N>
bool contains(const std::array<std::uint32_t, N>& magics, std::uint32_t magic) noexcept {
  return std::find(magics.begin(), magics.end(), magic) != magics.end();
}

std::uint32_t filesystem_magic(int descriptor) noexcept {
  struct statfs filesystem {};
  if (::fstatfs(descriptor, &filesystem) != 0) return 0;
  return static_cast<std::uint32_t>(filesystem.f_type);
}

[[noreturn]] void refuse_kind(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::malformed, what + "; a checkpoint's file must be a regular one",
              {.file = path, .rule = "FILE-KIND"});
}

bool is_symlink(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

struct stat require_regular(const std::string& path, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return status;
  if (S_ISDIR(status.st_mode)) refuse_kind(path, "is a directory");
  if (S_ISFIFO(status.st_mode)) refuse_kind(path, "is a pipe");
  if (S_ISSOCK(status.st_mode)) refuse_kind(path, "is a socket");
  refuse_kind(path, "is a device");
}

std::string advice(int error) {
  if (error == EMFILE) return "; raise `ulimit -n` or use fewer --threads";
  return "";
}

}  // namespace

void refuse_error(const std::string& path, int error) {
  if (error == ELOOP) refuse_kind(path, "is a loop of symbolic links");
  if (error == ENOENT && is_symlink(path))
    refuse_kind(path, "is a symbolic link to a file that does not exist");
  if (error == ENXIO) refuse_kind(path, "is a device or a socket");
  throw Error(ErrorCode::unreadable,
              "cannot be opened: " + std::generic_category().message(error) + advice(error), {.file = path});
}

struct stat stat_regular(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) refuse_error(path, errno);
  return require_regular(path, status);
}

struct stat stat_regular(const std::string& path, int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) refuse_error(path, errno);
  return require_regular(path, status);
}

void require_stored(const std::string& path, int descriptor, const struct stat& status) {
  if (contains(kKernelFilesystems, filesystem_magic(descriptor)))
    refuse_kind(path, "is made up by the kernel");
  char byte = 0;
  if (status.st_size != 0 || ::pread(descriptor, &byte, 1, 0) <= 0) return;
  refuse_kind(path, "has bytes although its size is 0");
}

bool lives_in_memory(int descriptor) noexcept {
  return contains(kMemoryFilesystems, filesystem_magic(descriptor));
}

std::size_t preferred_bytes(int descriptor) noexcept {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || status.st_blksize <= 0) return 1;
  return static_cast<std::size_t>(status.st_blksize);
}

bool is_remote(int descriptor) noexcept { return contains(kRemoteFilesystems, filesystem_magic(descriptor)); }

}  // namespace weightsieve::io
