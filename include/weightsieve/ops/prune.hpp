// The verb prune: what pruning would do, and the checkpoint written with the least important weights zero.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weightsieve/ops/pack.hpp"
#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/prune/prune_options.hpp"

namespace weightsieve {

struct PruneRequest {
  PruneOptions options;
  PruneSelect select = PruneSelect::matrices;
  std::string pattern = {};  ///< RE2, of `matching`
  NameFilter filter = {};    ///< narrows the selection
};

/// What each amount does to every tensor and how large the checkpoint becomes, without writing. Everything
/// but the sizes is exact; so are they for checkpoints of less than 2 GiB. Reads the selected tensors a few
/// times. Throws what open_checkpoint() and plan_prune() throw, and Error{usage} where nothing is selected.
PruneTable predict_pruning(const std::string& path, const PruneRequest& request, int zstd_level = 3,
                           const RunControl& control = {});

struct PruneResult {
  /// With the size predicted and measured of the encoding that was written. Without levels when all that was
  /// asked for is `already_complete`.
  PruneTable table;
  std::vector<WriteResult> checkpoints;  ///< one a level
};

/// Writes the checkpoint at `path` pruned by each amount: into folders[i] by amounts[i]. What
/// pack_checkpoint() says of writing holds.
PruneResult prune_checkpoint(const std::string& path, const std::vector<std::string>& folders,
                             const PruneRequest& request, const WriteOptions& options = {},
                             const RunControl& control = {});

}  // namespace weightsieve
