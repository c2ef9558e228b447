// Asks the kernel for what a mapping is about to touch, where it would not read far enough ahead by itself.
//
// Left alone, it reads as far ahead of a page fault as the disk's setting says: by default 128 KiB, too
// little to keep a disk busy beside the computing (ext4 on a loop device, GB/s with one thread: 0.11, with
// hints 0.73; with two 0.14 and 0.59). Where the setting is large (8 MiB) hints are in its way (1.7 without,
// 0.7 with them), but a thread that computes comes late to the place where the kernel reads on, and several
// threads are several streams. There a front goes ahead of all of them (a virtual disk that plain mmap reads
// at 3.0 GB/s: one thread 2.4, with a front 2.8; two threads 2.1 and 2.7). Any thread.
#pragma once

#include <cstdint>
#include <mutex>

#include "io/input_file.hpp"

namespace weightsieve::io {

enum class ReadAhead : std::uint8_t {
  none,   ///< for files that live in memory
  hints,  ///< for disks that the kernel hardly reads ahead of, or that do not say
  front,  ///< for the others
};

ReadAhead read_ahead_for(const InputFile& file);

/// Starts reading `length` bytes from `offset_bytes` on, or as many as the file has, unless the last of them
/// is in the page cache. Returns at once. Only a hint: errors are ignored.
void read_ahead(const InputFile& file, std::uint64_t offset_bytes, std::uint64_t length) noexcept;

/// How far a file was asked for, by whichever thread is farthest. It touches pages without waiting for them,
/// as a reader would that computes nothing: so the kernel goes on reading as it does ahead of one stream, in
/// large pages.
class ReadFront {
 public:
  /// A thread reads up to `offset_bytes` now. Returns at once; errors are ignored.
  void go_ahead_of(const InputFile& file, std::uint64_t offset_bytes) noexcept;

 private:
  std::mutex mutex_;
  std::uint64_t begin_ = 0;  ///< what lies before was asked for
};

}  // namespace weightsieve::io
