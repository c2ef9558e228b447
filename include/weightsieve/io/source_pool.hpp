// The files of one checkpoint, of which only a few are open at a time: 1,433 shards work under `ulimit -n
// 64`. Safe from any thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "weightsieve/io/source.hpp"

namespace weightsieve {

/// What the bytes of the index-th file stand for: its source itself, or one that decodes it.
using SourceDecoder =
    std::function<std::shared_ptr<const Source>(std::size_t, std::shared_ptr<const Source>)>;

struct PooledFile {
  std::string path;
  FileIdentity identity;  ///< what it was when the checkpoint was opened
};

class SourcePool {
 public:
  /// Keeps at most `max_open` sources open that nobody holds. Every source passes through `decode`, where
  /// there is one, after it was found to be the same file.
  SourcePool(std::vector<PooledFile> files, IoMode mode, std::size_t max_open = 16,
             SourceDecoder decode = nullptr);

  /// The source of files[index], opened when needed. Throws what open_source() throws, and Error{changed}
  /// when the file at that path is no longer the one the checkpoint was opened with.
  std::shared_ptr<const Source> open(std::size_t index);

  /// Throws Error{changed} when any of the files is not what it was, Error{unreadable} when a page of one
  /// could not be read. Linear in the number of files.
  void check_unchanged();

 private:
  struct Open {
    std::size_t index;
    std::shared_ptr<const Source> source;
  };

  std::shared_ptr<const Source> open_for_sure(std::size_t index);
  std::shared_ptr<const Source> open_same(std::size_t index) const;
  void close_idle(std::size_t keep);

  std::vector<PooledFile> files_;
  IoMode mode_;
  std::size_t max_open_;
  SourceDecoder decode_;
  std::mutex mutex_;
  std::list<Open> open_;  ///< most recently used first
};

}  // namespace weightsieve
