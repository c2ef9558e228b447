// A file under a name of its own in the folder of the file that it is to become. Not thread-safe.
//
// All calls throw Error{unwritable} for the target. The folder is held open, so that moving it while a run
// goes on does not send the result elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "io/file_descriptor.hpp"
#include "weightsieve/io/output_file.hpp"

namespace weightsieve::io {

class TemporaryFile {
 public:
  TemporaryFile(std::string target, Overwrite overwrite);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& target() const noexcept { return target_; }

  void write(std::string_view bytes);

  /// Syncs, closes, takes the target's name, syncs the folder.
  void publish();

 private:
  void open_folder();
  void create();
  void require_free_target() const;
  void sync_and_close();
  void take_name();
  void take_free_name();
  void take_name_by_link();
  void sync_folder();
  void remove() noexcept;
  [[noreturn]] void refuse(const std::string& message) const;
  [[noreturn]] void fail(const std::string& what, int error) const;

  std::string target_;
  Overwrite overwrite_;
  std::string name_;  ///< the target's, in its folder
  FileDescriptor folder_;
  std::string temporary_;  ///< empty when there is no such file (any more)
  FileDescriptor file_;
};

}  // namespace weightsieve::io
