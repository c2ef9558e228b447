// The frame that every verb puts around its work: one PATH after another, each with its progress, and what
// the program's exit status is in the end.
#pragma once

#include <functional>
#include <string>

#include "cli/options.hpp"

namespace weightsieve::cli {

inline constexpr int kDone = 0;
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kDoneInPart = 4;

/// Whether a run that ends with this status has results to keep.
constexpr bool is_done(int status) {
  return status == kDone || status == kAnswerIsNo || status == kDoneInPart;
}

/// Does the work of one PATH and returns kDone, kAnswerIsNo or kDoneInPart.
using PathWork = std::function<int(const std::string& path, const RunControl& control)>;

/// Does `work` for each PATH in order. A PATH that cannot be read is reported on stderr and the others are
/// still done, as cat and sha256sum do; usage errors, outputs that nobody can write and signals end the run.
/// Returns the status of the first PATH that failed, else the first that is not kDone.
int for_each_path(const CommonOptions& common, const PathWork& work);

/// Does `work`, once, of all PATHs together: it gets the first. The outputs appear when it returns; what it
/// throws is the caller's.
int run_together(const CommonOptions& common, Outputs& outputs, const PathWork& work);

/// The outputs of a run; before they are created, refuses with Error{unwritable} one that is a file of an
/// input, by device and inode. Ranks but the first get such as write nothing.
Outputs open_outputs(const CommonOptions& common);

/// for_each_path(), then the outputs appear, unless a PATH failed.
int run_paths(const CommonOptions& common, Outputs& outputs, const PathWork& work);

}  // namespace weightsieve::cli
