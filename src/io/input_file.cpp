#include "io/input_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

#include "io/file_kind.hpp"
#include "io/identity.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::io {
namespace {

std::string describe_change(const FileIdentity& then, const FileIdentity& now) {
  if (then.device != now.device || then.inode != now.inode) return "was replaced by another file";
  if (then.size_bytes == now.size_bytes) return "was written to";
  return "changed its size from " + std::to_string(then.size_bytes) + " to " +
         std::to_string(now.size_bytes) + " bytes";
}

}  // namespace

InputFile open_input(const std::string& path) {
  // Asked before opening, because opening alone acts on some devices.
  stat_regular(path);
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!descriptor.is_open()) refuse_error(path, errno);
  const struct stat status = stat_regular(path, descriptor.number());
  require_stored(path, descriptor.number(), status);
  return {path, std::move(descriptor), identity_of(status)};
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
  const FileIdentity now = identity_of(stat_regular(file.path, file.descriptor.number()));
  if (same_content(file.identity, now)) return;
  // A file that was moved away has a new ctime too.
  const bool moved = same_bytes(file.identity, now) && !leads_to(file.path, file.identity);
  if (!moved) require_same(file.path, file.identity, now);
}

void check_unchanged(const std::string& path, const FileIdentity& then) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw Error(ErrorCode::changed, "disappeared while it was read", {.file = path});
  }
  require_same(path, then, identity_of(status));
}

void require_same(const std::string& path, const FileIdentity& then, const FileIdentity& now) {
  if (same_content(then, now)) return;
  throw Error(ErrorCode::changed, describe_change(then, now) + " while it was read", {.file = path});
}

}  // namespace weightsieve::io
