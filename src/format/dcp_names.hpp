// How the tensors of a distributed checkpoint are called: as those of a state dict in one file, by the same
// rules (torch_walk.hpp). One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/dcp_metadata.hpp"

namespace weightsieve::format {

struct DcpName {
  std::string name;
  bool of_training = false;
};

/// For each tensor. Keys on its path are joined by '.'; where all tensors but those of optimizers lie in one
/// well-known entry, "model" for example, that is left out. `include_optimizer`: state of the training counts
/// as the rest.
std::vector<DcpName> dcp_names(const DcpMetadata& metadata, bool include_optimizer);

}  // namespace weightsieve::format
