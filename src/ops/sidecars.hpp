// What belongs to a checkpoint beside its tensors: configuration, tokenizer, licence.
#pragma once

#include <string>
#include <vector>

namespace weightsieve {

/// Names of the files in `folder` that come along when a checkpoint is written again, sorted.
std::vector<std::string> find_sidecars(const std::string& folder);

}  // namespace weightsieve
