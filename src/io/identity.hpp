// What a file was, compared with what it is.
#pragma once

#include <sys/stat.h>

#include "weightsieve/io/source.hpp"

namespace weightsieve::io {

FileIdentity identity_of(const struct stat& status) noexcept;

/// The same file with the same size and mtime.
bool same_bytes(const FileIdentity& then, const FileIdentity& now) noexcept;

/// same_bytes(), and nothing else says that they were written to. A new ctime does (mtime can be set back
/// after a write) unless the number of links changed too: making, removing or replacing a name of a file
/// touches its ctime and none of its bytes.
bool same_content(const FileIdentity& then, const FileIdentity& now) noexcept;

}  // namespace weightsieve::io
