// Writing the files of a checkpoint by all ranks of a team: round after round each rank reads, prunes and
// encodes a run of segments, rank 0 says where in the files they go, and each writes its own there.
//
// Rank 0 alone keeps the folder, its lock and its journal, and gives files their names. Whatever the number
// of ranks, the files and what the journal says of unfinished ones are the same.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ops/output_folder.hpp"
#include "ops/write_job.hpp"
#include "weightsieve/engine/crew.hpp"

namespace weightsieve {

/// What is written. Everything pointed to outlives the call.
struct SharedWrite {
  SourcePool& files;
  const std::optional<PruneLevel>& prune;
  const ShardEncoding& encoding;
  int level;
  std::uint64_t note_bytes;
  std::span<const ShardTask> shards;  ///< that are not finished; `done.entries` on rank 0 alone
  std::string folder;
  OutputFolder* journalled;  ///< the same folder, on rank 0
};

/// Every rank makes the call. On rank 0 what was written, without SHA-256. Memory of a rank: about 64 MiB a
/// thread more than alone, of encoded segments that wait to be written.
std::vector<ManifestFile> write_shards_together(const SharedWrite& write, const Crew& crew,
                                                ProgressMeter& progress);

}  // namespace weightsieve
