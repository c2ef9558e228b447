// Pictures of results, PNG and SVG drawn by gnuplot where it is installed, and beside each the figures that
// it shows as CSV. No name from a file reaches gnuplot as a command, or a picture unescaped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/io/output_file.hpp"
#include "weightsieve/profile/profile_diff.hpp"
#include "weightsieve/report/prune_report.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

/// Of what pictures are drawn; each has its own, and they may share a folder.
enum class PictureSubject : std::uint8_t { profile, comparison, prune_table, ranking };

/// The pictures of one run in a folder. Not thread-safe. Destroying it before commit() leaves nothing behind.
class PictureFolder {
 public:
  /// Creates the folder where it is missing (not its parents) and opens every file in it, so that one that
  /// cannot be written is known before the work starts. Throws Error{unwritable} as OutputFile does.
  PictureFolder(std::string folder, PictureSubject subject, Overwrite overwrite);
  ~PictureFolder();
  PictureFolder(PictureFolder&&) noexcept;
  PictureFolder& operator=(PictureFolder&&) noexcept;

  /// Draws what the subject has: of a profile without statistics that is less. Of the options the names
  /// count. Call once, for the subject that the folder is for.
  void draw(const CheckpointProfile& profile, const ReportOptions& options);
  void draw(const ProfileDiff& diff);
  void draw(const PruneTable& table, const PruneReportOptions& options);
  void draw(std::vector<RankedCheckpoint> checkpoints, const ReportOptions& options);

  /// Makes the files of what was drawn appear. With Overwrite::replace, an earlier run's pictures of which
  /// this one has none go.
  void commit();

  /// What was drawn, or has figures at least.
  std::vector<std::string_view> names() const;

  /// Why pictures are missing, a line each; the figures are there all the same. Empty where all were drawn.
  const std::vector<std::string>& complaints() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weightsieve
