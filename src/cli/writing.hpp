// What the verbs that write checkpoints share: where to, and what to do with what is there.
#pragma once

#include <string>

#include "cli/options.hpp"
#include "weightsieve/ops/pack.hpp"

namespace weightsieve::cli {

/// Options of writing that come from the command line.
struct WriteRequest {
  WriteOptions options;
  bool resume = false;
  bool level_is_set = false;
  bool joins_others = false;  ///< the folder held something before, of which nothing was told yet
};

void add_encoding_options(OptionTable& table, WriteRequest& request);
void add_timing_option(OptionTable& table, WriteRequest& request);
void add_resume_option(OptionTable& table, WriteRequest& request);

/// On stderr, for who asks how the work was done: how near the result is to its entropy bound.
void say_entropy_bound(const WriteResult& result);

/// That the folder holds something else, which whoever reads it finds too.
void warn_of_others(const WriteRequest& request, const std::string& folder);

/// The one folder that -o names, and what the options say of leftovers; what is left of the outputs goes to
/// stdout. Throws Error{usage} for several PATHs, for anything but one folder, and for a level where the
/// encoding has none.
std::string take_folder(CommonOptions& common, WriteRequest& request);

}  // namespace weightsieve::cli
