// A file under a name of its own in the folder of the file that it is to become. Not thread-safe.
//
// Usually the name is random and the file goes away with the object; a resumable one has a name that follows
// from its target's, and stays until it is published or removed.
//
// All calls throw Error{unwritable} for the target. The folder is held open, so that moving it while a run
// goes on does not send the result elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/file_descriptor.hpp"
#include "weightsieve/io/output_file.hpp"

namespace weightsieve::io {

/// What the name of a target's temporary file begins with.
std::string temporary_prefix(const std::string& name);

class TemporaryFile {
 public:
  TemporaryFile(std::string target, Overwrite overwrite);
  /// The resumable kind: the file that an earlier object left is cut to `keep_bytes` and gone on with. Throws
  /// Error{unwritable} when it has fewer.
  TemporaryFile(std::string target, Overwrite overwrite, std::uint64_t keep_bytes);
  /// A resumable one that another process has created and holds: to write at places of it, and sync, alone.
  static TemporaryFile begun_elsewhere(std::string target) { return TemporaryFile(std::move(target)); }
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& target() const noexcept { return target_; }
  /// Of the temporary file itself.
  std::string path() const;

  void write(std::string_view bytes);
  /// Where the next write() begins.
  void seek(std::uint64_t offset_bytes);
  /// Anywhere. The one call that any number of threads may make at a time.
  void write_at(std::uint64_t offset_bytes, std::string_view bytes) const;
  void require_free_target() const;
  /// Makes what was written outlive a crash of the machine.
  void sync();

  /// Syncs, closes, takes the target's name, syncs the folder.
  void publish();
  void remove() noexcept;

 private:
  explicit TemporaryFile(std::string target);

  void open_folder();
  void create();
  void open_resumable(std::uint64_t keep_bytes);
  void sync_and_close();
  void take_name();
  void take_free_name();
  void take_name_by_link();
  void sync_folder();
  [[noreturn]] void refuse(const std::string& message) const;
  [[noreturn]] void fail(const std::string& what, int error) const;

  std::string target_;
  Overwrite overwrite_;
  std::string name_;  ///< the target's, in its folder
  FileDescriptor folder_;
  std::string temporary_;  ///< empty when there is no such file (any more)
  FileDescriptor file_;
  bool resumable_ = false;
};

}  // namespace weightsieve::io
