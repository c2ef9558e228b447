#include "io/identity.hpp"

namespace weightsieve::io {
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

bool same_content(const FileIdentity& then, const FileIdentity& now) noexcept {
  const bool same_file = then.device == now.device && then.inode == now.inode;
  const bool same_bytes = then.size_bytes == now.size_bytes && then.modified_ns == now.modified_ns;
  return same_file && same_bytes && (then.changed_ns == now.changed_ns || then.links != now.links);
}

}  // namespace weightsieve::io
