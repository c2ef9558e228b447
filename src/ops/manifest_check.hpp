// The manifest beside a checkpoint, compared with the files that are there. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/rule.hpp"
#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/verify.hpp"

namespace weightsieve {

class ManifestCheck {
 public:
  /// Reads the manifest in the folder of `path`. A manifest.json of another program is none, unless a file
  /// of the `checkpoint` (none where it could not be opened) is encoded. Of a `path` that names one file of
  /// several, only that one is compared. What is wrong with the manifest itself is a finding.
  ManifestCheck(const std::string& path, const Checkpoint* checkpoint, IoMode io);

  bool is_there() const noexcept { return manifest_.has_value(); }

  /// How many files are compared.
  std::size_t files() const noexcept { return listed_.size(); }
  std::uint64_t bytes() const noexcept;

  /// Whether compare_hashes() reads all of the checkpoint's file at this path.
  bool lists(const std::string& path) const;

  /// Names, sizes, runs: reads no data.
  void compare_names();

  /// From now on only files for which `counts` holds are compared.
  void compare_only(const std::function<bool(const ManifestFile&)>& counts);

  /// Which of the files is the one at this path; their size as listed.
  std::optional<std::size_t> number_of(const std::string& path) const;
  std::uint64_t bytes_of(std::size_t number) const { return listed_[number].bytes; }

  /// The SHA-256 of one of the files; nothing where it has not the right size. `step` is called with the
  /// bytes that were read since. Any thread.
  std::optional<std::string> digest(std::size_t number, const std::function<void(std::uint64_t)>& step) const;
  void compare_digest(std::size_t number, const std::string& found);

  const std::vector<VerifyFinding>& errors() const noexcept { return errors_; }
  const std::vector<VerifyFinding>& warnings() const noexcept { return warnings_; }

 private:
  void read(const std::string& path, bool must_be_ours);
  void choose(const std::string& path);
  void compare_size(const ManifestFile& file);
  void compare_content(const CheckpointFile& file);
  void find_unlisted();
  const ManifestFile* entry(const std::string& name) const;
  std::string path_of(const std::string& name) const { return folder_ + name; }
  void fail(const Rule& rule, const std::string& file, const std::string& message);

  std::string folder_;
  const Checkpoint* checkpoint_;
  IoMode io_;
  bool whole_folder_ = true;
  std::optional<Manifest> manifest_;
  std::vector<ManifestFile> listed_;  ///< those that are compared
  std::vector<VerifyFinding> errors_;
  std::vector<VerifyFinding> warnings_;
};

/// Throws Error{malformed} for the first shard that the manifest beside the checkpoint lists otherwise, by
/// name, size, content or run; or by its SHA-256, for which zst shards are read: their frames do not tell
/// whose they are, as those of packed shards do. Throws Error{cancelled}.
void require_listed_shards(const std::string& path, const Checkpoint& checkpoint, const RunControl& control);

}  // namespace weightsieve
