// What a file was, compared with what it is.
#pragma once

#include <sys/stat.h>

#include "weightsieve/io/source.hpp"

namespace weightsieve::io {

FileIdentity identity_of(const struct stat& status) noexcept;

/// Whether nothing says that the bytes changed between the two. A new ctime alone does when the number of
/// links is the same: linking, unlinking and being renamed over touch ctime and no byte, while a write whose
/// mtime was set back shows in ctime only.
bool same_content(const FileIdentity& then, const FileIdentity& now) noexcept;

}  // namespace weightsieve::io
