// A file that is written piece by piece, survives the run that writes it, and appears under its own name only
// when it is whole.
//
// Until then it is ".NAME.partial" beside its target. Whoever writes keeps a record elsewhere (a journal) of
// how much of it is good, so that a later run can go on. One run at a time: the caller holds a lock. For
// one thread, but for write_ahead(). Every failure is an Error{unwritable} that names the target.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/io/output_file.hpp"

namespace weightsieve {

class PartialFile {
 public:
  /// Keeps the first `keep_bytes` that an earlier run wrote and drops the rest; 0 starts from nothing.
  PartialFile(std::string target, Overwrite overwrite, std::uint64_t keep_bytes);
  /// What was written stays.
  ~PartialFile();
  PartialFile(PartialFile&&) noexcept;
  PartialFile& operator=(PartialFile&&) noexcept;

  /// Not buffered; meant for pieces of many KiB.
  void append(Bytes bytes);
  /// Over bytes that were appended before.
  void write_at(std::uint64_t offset_bytes, Bytes bytes);
  /// At or behind the end, from any number of threads at a time, while nothing else is called but grow().
  void write_ahead(std::uint64_t offset_bytes, Bytes bytes) const;
  /// Takes in the next `bytes` bytes, which were all written ahead, here or in another process.
  void grow(std::uint64_t bytes) noexcept;
  /// Everything appended so far is on the disk when this returns.
  void sync();

  std::uint64_t size() const noexcept;
  const std::string& target() const noexcept;
  /// Where the bytes lie now.
  std::string path() const;

  /// Syncs, closes, gives the file its name and syncs the folder. Call once.
  void publish();
  /// Gives up: nothing is left.
  void remove() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes into a partial file that another process has begun and holds, where that says. Any number of
/// threads. The same failures.
class PartialFileWriter {
 public:
  explicit PartialFileWriter(const std::string& target);
  ~PartialFileWriter();
  PartialFileWriter(PartialFileWriter&&) noexcept;
  PartialFileWriter& operator=(PartialFileWriter&&) noexcept;

  void write_at(std::uint64_t offset_bytes, Bytes bytes) const;
  /// What this process wrote is on the disk when this returns.
  void sync() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weightsieve
