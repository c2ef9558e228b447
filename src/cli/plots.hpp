// --plots DIR: pictures of what a verb found, beside its report.
#pragma once

#include <optional>
#include <string>

#include "cli/options.hpp"
#include "weightsieve/report/pictures.hpp"

namespace weightsieve::cli {

/// Without --plots nothing happens here.
class Plots {
 public:
  void add_option(OptionTable& table);

  /// Opens the folder. Throws Error{usage} for several PATHs, of which each would have its own pictures.
  void open(const CommonOptions& common, PictureSubject subject);

  /// Throws Error{usage} when something was drawn before: one PATH may hold several profiles.
  void draw(const CheckpointProfile& profile, const ReportOptions& report);

  /// Says what could not be drawn; the pictures appear when the run ended well.
  void finish(int status);

 private:
  std::string path_;
  bool is_drawn_ = false;
  std::optional<PictureFolder> pictures_;
};

}  // namespace weightsieve::cli
