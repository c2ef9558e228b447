// How long it takes to get back what was written.
#pragma once

#include <span>
#include <string>

#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// Seconds to read and decode, on all threads and into memory alone, those of `files` in `folder` that stand
/// for dense ones. Throws what open_checkpoint() and reading throw.
double time_restoring(const std::string& folder, std::span<const ManifestFile> files,
                      const RunControl& control);

}  // namespace weightsieve
