// The verb compare: two checkpoints read in step, tensor by tensor, or what is stored of them.
#pragma once

#include <optional>
#include <string>

#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/profile_diff.hpp"

namespace weightsieve {

struct CompareOptions {
  /// Finite values at most so far apart count as equal, whatever dtypes they are stored in; ≥ 0. Without it
  /// values must be equal and of the same dtype.
  std::optional<double> tolerance{};
};

/// Compares the checkpoints at two paths. Tensors belong together by name; of the others, those with the same
/// dtype, shape and bytes (by SHA-256) are the same renamed. Order, sharding and metadata do not count. Reads
/// every byte of the pairs once, and of the others what could be renamed. Where either path is a saved
/// profile (the file then holds one), stored statistics are compared: the other path's checkpoint is profiled
/// with that profile's options first. The result is a function of the bytes and the options. Memory: as
/// profile_checkpoint(), with the tensors and headers of both, and 8 MiB more a thread. Throws what
/// profile_checkpoint() throws for either, and Error{usage} for a tolerance where values are gone.
ProfileDiff compare(const std::string& a, const std::string& b, const CompareOptions& options = {},
                    const NameFilter& filter = {}, const RunControl& control = {});

}  // namespace weightsieve
