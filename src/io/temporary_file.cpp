#include "io/temporary_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>
#include <system_error>

#include "weightsieve/base/error.hpp"

namespace weightsieve::io {
namespace {

constexpr const char* kExists = "exists already; replace it with --force or choose another name";
constexpr const char* kNotNamed = "cannot be given its name";

std::string advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or write elsewhere";
    case EFBIG:
      return "; raise `ulimit -f` or write to a filesystem for larger files";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; write elsewhere or change the permissions of the folder";
    default:
      return "";
  }
}

// Hidden, and long enough that no two runs draw the same; O_EXCL notices if they do.
std::string random_name(const std::string& target) {
  std::random_device device;
  char drawn[64];
  std::snprintf(drawn, sizeof drawn, "%08x%08x.tmp", device(), device());
  return temporary_prefix(target) + drawn;
}

/// Tells remove_abandoned() that somebody still writes there. False where that one was quicker.
bool take_lock(int descriptor) {
  struct stat status {};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  return ::fstat(descriptor, &status) != 0 || status.st_nlink != 0;
}

std::string partial_name(const std::string& name) { return "." + name + ".partial"; }

bool is_unsupported(int error) {
  return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

}  // namespace

std::string temporary_prefix(const std::string& name) {
  constexpr std::size_t most = 200;  // names are 255 bytes long at most
  return "." + name.substr(0, most) + ".weightsieve-";
}

TemporaryFile::TemporaryFile(std::string target, Overwrite overwrite)
    : target_(std::move(target)), overwrite_(overwrite) {
  open_folder();
  require_free_target();
  create();
}

TemporaryFile::TemporaryFile(std::string target, Overwrite overwrite, std::uint64_t keep_bytes)
    : target_(std::move(target)), overwrite_(overwrite), resumable_(true) {
  open_folder();
  require_free_target();
  open_resumable(keep_bytes);
}

TemporaryFile::TemporaryFile(std::string target)
    : target_(std::move(target)), overwrite_(Overwrite::refuse), resumable_(true) {
  open_folder();
  temporary_ = partial_name(name_);
  constexpr int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = FileDescriptor(::openat(folder_.number(), temporary_.c_str(), flags));
  if (!file_.is_open()) fail("its unfinished part cannot be opened", errno);
}

TemporaryFile::~TemporaryFile() {
  if (!resumable_) remove();
}

void TemporaryFile::open_folder() {
  const std::filesystem::path path(target_);
  name_ = path.filename().string();
  if (name_.empty()) refuse("is the name of a folder, not of a file");
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  folder_ = FileDescriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder_.is_open()) return;
  if (errno == ENOENT) refuse("its folder does not exist; create it first");
  fail("its folder cannot be opened", errno);
}

void TemporaryFile::require_free_target() const {
  struct stat status {};
  if (::fstatat(folder_.number(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) fail("cannot be created", errno);
    return;
  }
  if (S_ISLNK(status.st_mode)) refuse("is a symbolic link; name the file that it leads to");
  if (S_ISDIR(status.st_mode)) refuse("is a folder");
  if (!S_ISREG(status.st_mode)) refuse("is a device, a pipe or a socket");
  if (overwrite_ == Overwrite::refuse) refuse(kExists);
}

void TemporaryFile::create() {
  do {
    temporary_ = random_name(name_);
    file_ = FileDescriptor(
        ::openat(folder_.number(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  } while ((!file_.is_open() && errno == EEXIST) || (file_.is_open() && !take_lock(file_.number())));
  if (file_.is_open()) return;
  const int error = errno;
  temporary_.clear();
  fail("cannot be created", error);
}

std::string TemporaryFile::path() const {
  return (std::filesystem::path(target_).parent_path() / temporary_).string();
}

void TemporaryFile::open_resumable(std::uint64_t keep_bytes) {
  temporary_ = partial_name(name_);
  constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  file_ = FileDescriptor(::openat(folder_.number(), temporary_.c_str(), flags, 0666));
  if (!file_.is_open()) fail("its unfinished part cannot be opened", errno);
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0) fail("its unfinished part cannot be opened", errno);
  if (!S_ISREG(status.st_mode)) refuse("its unfinished part, " + temporary_ + ", is no regular file");
  if (static_cast<std::uint64_t>(status.st_size) < keep_bytes)
    refuse("its unfinished part, " + temporary_ +
           ", is shorter than the journal says; start over with --force");
  const auto length = static_cast<off_t>(keep_bytes);
  if (::ftruncate(file_.number(), length) != 0) fail("its unfinished part cannot be cut", errno);
  seek(keep_bytes);
}

void TemporaryFile::write_at(std::uint64_t offset_bytes, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset_bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("cannot be written", count < 0 ? errno : EIO);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset_bytes += static_cast<std::uint64_t>(count);
  }
}

void TemporaryFile::sync() {
  if (::fdatasync(file_.number()) != 0) fail("cannot be stored", errno);
}

void TemporaryFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("cannot be written", count < 0 ? errno : EIO);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void TemporaryFile::seek(std::uint64_t offset_bytes) {
  const auto offset = static_cast<off_t>(offset_bytes);
  if (::lseek(file_.number(), offset, SEEK_SET) != offset) fail("cannot be sought", errno);
}

void TemporaryFile::publish() {
  sync_and_close();
  require_free_target();
  take_name();
  temporary_.clear();
  sync_folder();
}

void TemporaryFile::sync_and_close() {
  // Never tried again: after a failed fsync the kernel may have dropped the pages and say all is well.
  if (::fsync(file_.number()) != 0) fail("cannot be stored", errno);
  if (::close(file_.release()) != 0) fail("cannot be stored", errno);
}

void TemporaryFile::take_name() {
  if (overwrite_ == Overwrite::refuse) return take_free_name();
  if (::renameat(folder_.number(), temporary_.c_str(), folder_.number(), name_.c_str()) != 0) {
    fail(kNotNamed, errno);
  }
}

void TemporaryFile::take_free_name() {
  const int failed =
      ::renameat2(folder_.number(), temporary_.c_str(), folder_.number(), name_.c_str(), RENAME_NOREPLACE);
  if (failed == 0) return;
  if (errno == EEXIST) refuse(kExists);
  if (!is_unsupported(errno)) fail(kNotNamed, errno);
  take_name_by_link();
}

// NFS has no RENAME_NOREPLACE, but like it, a link never replaces.
void TemporaryFile::take_name_by_link() {
  if (::linkat(folder_.number(), temporary_.c_str(), folder_.number(), name_.c_str(), 0) == 0) {
    remove();
    return;
  }
  if (errno == EEXIST) refuse(kExists);
  if (!is_unsupported(errno)) fail(kNotNamed, errno);
  // Neither: the target was seen to be free a moment ago, and more cannot be had on such a filesystem.
  if (::renameat(folder_.number(), temporary_.c_str(), folder_.number(), name_.c_str()) != 0) {
    fail(kNotNamed, errno);
  }
}

void TemporaryFile::sync_folder() {
  if (::fsync(folder_.number()) == 0 || is_unsupported(errno)) return;
  const int error = errno;
  if (overwrite_ == Overwrite::refuse) ::unlinkat(folder_.number(), name_.c_str(), 0);
  fail("cannot be stored", error);
}

void TemporaryFile::remove() noexcept {
  if (!temporary_.empty()) ::unlinkat(folder_.number(), temporary_.c_str(), 0);
  temporary_.clear();
}

void TemporaryFile::fail(const std::string& what, int error) const {
  refuse(what + ": " + std::generic_category().message(error) + advice(error));
}

void TemporaryFile::refuse(const std::string& message) const {
  throw Error(ErrorCode::unwritable, message, {.file = target_});
}

}  // namespace weightsieve::io
