// A file that appears whole or not at all: written beside its target, checked, synced and renamed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve {

enum class Overwrite : std::uint8_t { refuse, replace };

/// One output. Not thread-safe. Destroying it before commit() removes the temporary file. Every failure is an
/// Error{unwritable} that names the target and says what to do. A process that lets SIGXFSZ end it dies of a
/// file-size limit before it can fail; a program ignores that signal.
class OutputFile {
 public:
  /// Creates the temporary file in the target's folder, so a folder that is missing or read-only is known
  /// before the work starts. `refuse`: fails when the target exists. A target that is a symlink, a directory
  /// or a device is refused always.
  OutputFile(std::string target, Overwrite overwrite);
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;

  /// Buffered: an error may show in a later call, in commit() at the latest. After one, destroy the output.
  void write(std::string_view text);
  void write(Bytes bytes);

  /// With `refuse`: throws where a file is at the target now, as commit() would.
  void require_free_target() const;

  /// Flushes, syncs, closes (each checked), renames onto the target and syncs the folder. With `refuse` a
  /// file that appeared meanwhile is not replaced. Call once. After a failure nothing is left behind; only
  /// when syncing the folder fails after an existing file was replaced, the new file, itself complete and
  /// synced, stays, because the old one is gone.
  void commit();

  const std::string& target() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Removes what killed runs left beside `target`, unfinished, and returns their paths. What another run still
/// writes is left, where the file system can tell.
std::vector<std::string> remove_abandoned(const std::string& target);

}  // namespace weightsieve
