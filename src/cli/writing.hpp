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
};

void add_encoding_options(OptionTable& table, WriteRequest& request);
void add_timing_option(OptionTable& table, WriteRequest& request);
void add_resume_option(OptionTable& table, WriteRequest& request);

/// On stderr, for who asks how the work was done: how near the result is to its entropy bound.
void say_entropy_bound(const WriteResult& result);

/// The one folder that -o names, and what the options say of leftovers; what is left of the outputs goes to
/// stdout. Throws Error{usage} for several PATHs and for anything but one folder.
std::string take_folder(CommonOptions& common, WriteRequest& request);

}  // namespace weightsieve::cli
