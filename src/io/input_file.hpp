// One regular file, open for reading, and what it was when it was opened: what both kinds of Source share.
//
// Opening never blocks and never has a side effect on a device: anything but a regular file with honest sizes
// is refused before its content is touched. Immutable after opening, so safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/file_descriptor.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::io {

struct InputFile {
  std::string path;
  FileDescriptor descriptor;
  FileIdentity identity;
};

/// Throws what open_source() throws.
InputFile open_input(const std::string& path);

/// Fills `buffer` from `offset_bytes` on. Throws Error{unreadable} with the offset that failed,
/// Error{changed} when the file ends before.
void read_fully(const InputFile& file, std::uint64_t offset_bytes, std::byte* buffer, std::size_t length);

/// Throws Error{changed} when the open file is no longer what it was.
void check_unchanged(const InputFile& file);

/// The same for a file that is not open, by its name.
void check_unchanged(const std::string& path, const FileIdentity& then);

/// Throws Error{changed} when `now` is not the file and the content that `then` was.
void require_same(const std::string& path, const FileIdentity& then, const FileIdentity& now);

}  // namespace weightsieve::io
