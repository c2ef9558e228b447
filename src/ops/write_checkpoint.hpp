// The one way in which checkpoints are written: pack, unpack and prune each say what, this does it.
#pragma once

#include <string>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/pack.hpp"

namespace weightsieve {

struct WriteTask {
  const Checkpoint& checkpoint;
  SourcePool& files;
  std::string path;     ///< as the user gave it; from a folder the sidecars come along
  std::string folder;   ///< to write into
  std::string options;  ///< on one line: everything but the input that the bytes depend on
  bool with_manifest = true;
};

WriteResult write_checkpoint(const WriteTask& task, const WriteOptions& options, const RunControl& control);

}  // namespace weightsieve
