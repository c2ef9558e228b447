// Makes system calls of this test program fail. faults.cpp defines pread, write, fsync and the like itself,
// in front of the C library's; what is not set up here passes through. While a Scope lives, one
// thread only may make such calls.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace weightsieve::faults {

enum class Call { pread, write, fsync, close, rename, rename_no_replace, link, count };

/// Sets the faults up for one scope.
class Scope {
 public:
  Scope();
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// The nth call from now on (1 is the next) fails with `error`, without doing anything; close() closes.
  Scope& fail(Call call, int error, int nth = 1);

  /// `action` runs right before the next call, as another process might.
  Scope& run_before(Call call, std::function<void()> action);

  /// pread() and write() transfer at most this many bytes a call.
  Scope& transfer_at_most(std::size_t bytes);

  /// Every open file lies on a file system of this magic number (see statfs()) that likes reads of so many
  /// bytes.
  Scope& pretend_filesystem(long magic, long block_bytes);

  /// fstat() says of the file at `path` from now on what it would have said now.
  Scope& freeze_fstat(const char* path);
};

/// Where the reads of this scope began and ended, in order.
const std::vector<std::pair<std::size_t, std::size_t>>& reads();

/// How many times `call` was made in this scope.
int calls(Call call);

}  // namespace weightsieve::faults
