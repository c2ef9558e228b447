// Opening an input on every rank of a team, all of which must see one and the same.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/engine/team.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// Calls `open`, which opens the checkpoint at `path` and tells its identity (identify_run()). Throws what it
/// throws on any rank, and Error{changed} where a rank sees another checkpoint than rank 0: of another size,
/// say, from a network file system that is behind. Without a team the identity does not count.
void open_alike(Team* team, const std::string& path, const std::function<Hash128()>& open);

/// A checkpoint and its files.
struct OpenedInput {
  OpenedInput(Checkpoint opened, IoMode io)
      : checkpoint(std::move(opened)), files(open_files(checkpoint, io)) {}

  Checkpoint checkpoint;
  SourcePool files;
};

/// open_input() and open_files(), on every rank where there are several.
std::unique_ptr<OpenedInput> open_input_alike(const std::string& path, const RunControl& control);

}  // namespace weightsieve
