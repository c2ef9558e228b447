// Pictures of results, PNG and SVG drawn by gnuplot where it is installed, and beside each the figures that
// it shows as CSV. No name from a file reaches gnuplot as a command, or a picture unescaped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "weightsieve/io/output_file.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

/// Of what pictures are drawn; each has its own, and they may share a folder.
enum class PictureSubject : std::uint8_t { profile };

/// The pictures of one run in a folder. Not thread-safe. Destroying it before commit() leaves nothing behind.
class PictureFolder {
 public:
  /// Creates the folder where it is missing (not its parents) and opens every file in it, so that one that
  /// cannot be written is known before the work starts. Throws Error{unwritable} as OutputFile does.
  PictureFolder(std::string folder, PictureSubject subject, Overwrite overwrite);
  ~PictureFolder();
  PictureFolder(PictureFolder&&) noexcept;
  PictureFolder& operator=(PictureFolder&&) noexcept;

  /// Draws what the profile has; of one without statistics that is less. Of the options the name counts. Call
  /// once.
  void draw(const CheckpointProfile& profile, const ReportOptions& options);

  /// Makes the files appear: those of pictures that were drawn.
  void commit();

  /// Why pictures are missing, a line each; the figures are there all the same. Empty where all were drawn.
  const std::vector<std::string>& complaints() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weightsieve
