// What the verbs profile and merge do with a profile once it is there: reports, pictures, checks.
#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/plots.hpp"

namespace weightsieve::cli {

class ProfileReport {
 public:
  void add_options(OptionTable& table);

  /// Throws Error{usage} for options that contradict each other.
  void check(const CommonOptions& common) const;

  const ReportOptions& options() const noexcept { return options_; }
  Plots& plots() noexcept { return plots_; }
  /// Whether anything was asked for that takes a whole profile.
  bool asks_for_whole() const noexcept { return !fail_on_.empty() || plots_.asked(); }

  /// Writes and draws it, says on stderr what deserves it, and returns the exit status.
  int show(const CheckpointProfile& profile, const CommonOptions& common, Outputs& outputs);

 private:
  ReportOptions options_;
  std::vector<std::string> fail_on_;
  Plots plots_;
};

}  // namespace weightsieve::cli
