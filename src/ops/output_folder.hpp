// The folder that a run writes a checkpoint into: locked, and journalled so that a later run can go on.
// One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/io/journal.hpp"
#include "weightsieve/io/partial_file.hpp"

namespace weightsieve {

/// How far a file got that is not yet whole.
struct FilePart {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::vector<std::byte> entries;
};

class OutputFolder {
 public:
  /// `names` are those of all files that the run will write; `run` is one line that tells it from others,
  /// `command` one that tells people what to give again.
  /// Throws Error{unwritable}: the folder is one of the input's, cannot be made, is locked, holds one of the
  /// names (refuse) or an unfinished run that cannot be gone on with.
  OutputFolder(std::string path, std::vector<std::string> names, std::string_view run,
               std::string_view command, Leftover existing, const Checkpoint& input);

  std::string path_of(std::string_view name) const;

  /// What an earlier run finished or began; nothing where it did not.
  std::optional<ManifestFile> finished(std::string_view name) const;
  FilePart part(std::string_view name) const;

  /// Goes on with (or begins) a file.
  PartialFile open(std::string_view name, const FilePart& part) const;

  /// `entries` are those since the last note of this file.
  void note_part(std::string_view name, std::uint64_t segments, std::uint64_t bytes, Bytes entries);
  void note_finished(const ManifestFile& file);

  void publish(const Manifest& manifest) const;
  /// Everything is written: the journal goes away.
  void finish();

  /// Removes everything that this run and those it went on with wrote.
  void discard() noexcept;

 private:
  void refuse_input(const Checkpoint& input) const;
  void make_folder();
  void begin(std::string_view run, std::string_view command);
  void refuse_existing() const;
  void discard_older() const;
  void read_journal();
  Overwrite overwrite() const noexcept;

  std::string path_;
  Leftover existing_;
  std::vector<std::string> names_;
  bool made_ = false;
  std::optional<Journal> journal_;
  std::vector<ManifestFile> finished_;
  std::vector<std::pair<std::string, FilePart>> parts_;
};

}  // namespace weightsieve
