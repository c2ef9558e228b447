// Whether a saved profile is what a run would write again: for a run that is asked to go on and has ended
// long ago.
#pragma once

#include <string>

#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/stats/options.hpp"

namespace weightsieve {

/// Whether the file `saved` holds one profile of the checkpoint at `path` with these options and all of its
/// tensors, as far as that can be known without reading them: the options are those that it records, the
/// names and sizes of files and the names, dtypes and shapes of tensors are those that it lists, and no file
/// was written to since it was. Values that changed in a copy made before are not noticed. Reads `saved` and
/// the headers. Throws what inspect_checkpoint() throws.
bool is_finished_profile(const std::string& saved, const std::string& path, const StatsOptions& stats,
                         const NameFilter& filter, const RunControl& control);

}  // namespace weightsieve
