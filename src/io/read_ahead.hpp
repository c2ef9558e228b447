// Asks the kernel for what a mapping is about to touch, where it would not read far enough ahead by itself.
//
// Left alone, it reads as far ahead of a page fault as the disk's setting says: by default 128 KiB, too
// little to keep a disk busy beside the computing (ext4 on a loop device, GB/s with one thread: 0.11, with
// this 0.73; with two 0.14 and 0.59). Where the setting is large the kernel does better alone (8 MiB: 1.7,
// with this 0.7). Pure calls of the kernel; any thread.
#pragma once

#include <cstdint>

#include "io/input_file.hpp"

namespace weightsieve::io {

/// Whether the kernel reads less far ahead in this file than keeps a disk busy, or does not say. Not in files
/// that live in memory.
bool needs_read_ahead(const InputFile& file);

/// Starts reading `length` bytes from `offset_bytes` on, or as many as the file has, unless the last of them
/// is in the page cache. Returns at once. Only a hint: errors are ignored.
void read_ahead(const InputFile& file, std::uint64_t offset_bytes, std::uint64_t length) noexcept;

}  // namespace weightsieve::io
