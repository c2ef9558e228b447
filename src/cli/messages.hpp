// What the program says on stderr besides progress: one line each, safe to print. Failures to write there
// are ignored: there is nobody left to tell.
#pragma once

#include <string_view>

#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve::cli {

/// "weightsieve: TEXT", control characters escaped.
void say(std::string_view text);

/// One line for each problem that was accepted; of very many the first and how many more there are.
void warn_of_problems(const std::vector<Problem>& problems);

/// Of two checkpoints, one may have no tensor that a filter keeps.
void warn_of_no_match(const NameFilter& filter, std::string_view checkpoint, std::size_t tensors);

/// One line for each tensor that could not be profiled, shortened alike.
void warn_of_skipped(const CheckpointProfile& profile);

}  // namespace weightsieve::cli
