#include "io/identity.hpp"

namespace weightsieve {

bool leads_to(const std::string& path, const FileIdentity& file) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_dev == file.device && status.st_ino == file.inode;
}

namespace io {
namespace {

std::int64_t nanoseconds(const struct timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileIdentity identity_of(const struct stat& status) noexcept {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .links = status.st_nlink,
          .size_bytes = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

bool same_bytes(const FileIdentity& then, const FileIdentity& now) noexcept {
  const bool same_file = then.device == now.device && then.inode == now.inode;
  return same_file && then.size_bytes == now.size_bytes && then.modified_ns == now.modified_ns;
}

bool same_content(const FileIdentity& then, const FileIdentity& now) noexcept {
  return same_bytes(then, now) && (then.changed_ns == now.changed_ns || then.links != now.links);
}

}  // namespace io
}  // namespace weightsieve
