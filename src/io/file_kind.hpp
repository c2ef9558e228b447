// Which files can be a checkpoint, and which filesystems they should not be mapped on.
#pragma once

#include <sys/stat.h>

#include <string>

namespace weightsieve::io {

/// stat() that follows links. Throws Error{malformed, FILE-KIND} for anything but a regular file and for a
/// link that leads nowhere, Error{unreadable} for what else went wrong.
struct stat stat_regular(const std::string& path);

/// The same for an open file.
struct stat stat_regular(const std::string& path, int descriptor);

/// Throws Error{malformed, FILE-KIND} when the open file is not stored anywhere but made up as it is read.
/// `path` is for the message only.
void require_stored(const std::string& path, int descriptor, const struct stat& status);

/// Whether the file lies on another machine, or in a process, that can go away while it is read.
bool is_remote(int descriptor) noexcept;

/// How many bytes a read of the file is best, by what its file system says.
std::size_t preferred_bytes(int descriptor) noexcept;

/// Whether the file has no disk behind it.
bool lives_in_memory(int descriptor) noexcept;

/// Throws what stat_regular() throws for a call on `path` that failed with `error`.
[[noreturn]] void refuse_error(const std::string& path, int error);

}  // namespace weightsieve::io
