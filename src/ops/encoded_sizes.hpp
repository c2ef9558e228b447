// How large a checkpoint becomes in each encoding at each level of a plan, found by encoding and not writing.
#pragma once

#include <cstdint>
#include <optional>

#include "weightsieve/encode/encoding.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/prune/prune_plan.hpp"

namespace weightsieve {

struct SizeRequest {
  std::optional<Encoding> encoding = {};  ///< none: all of them
  int zstd_level = 3;
  /// Of how many bytes of content the size is measured. Of a checkpoint that has twice as much or more,
  /// evenly spread segments are encoded, and the rest is taken to be like them.
  std::uint64_t sized_bytes = std::uint64_t{1} << 30;
};

/// Fills the sizes of every level of `table`, which predict_prune() made of `plan`.
void measure_sizes(PruneTable& table, const PrunePlan& plan, SourcePool& files, const SizeRequest& request,
                   const RunControl& control);

}  // namespace weightsieve
