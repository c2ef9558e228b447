// What belongs to a checkpoint beside its tensors: configuration, tokenizer, licence.
#pragma once

#include <string>
#include <vector>

#include "ops/output_folder.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// Names of the files in `folder` that come along when a checkpoint is written again, sorted.
std::vector<std::string> find_sidecars(const std::string& folder);

/// Copies the file at `path` there, and notes that it is finished. Throws Error{cancelled}, and what reading
/// and writing throw.
ManifestFile copy_sidecar(const std::string& path, const std::string& name, OutputFolder& folder,
                          const RunControl& control);

}  // namespace weightsieve
