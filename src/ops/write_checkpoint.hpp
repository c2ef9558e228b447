// The one way in which checkpoints are written: pack, unpack and prune each say what, this does it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/segment_reader.hpp"
#include "ops/write_job.hpp"
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
  bool hashes = true;  ///< the files' SHA-256 is wanted; a manifest has them
  std::optional<PruneLevel> prune = {};
  std::uint64_t note_bytes = kNoteBytes;  ///< how much of a file is written between notes in the journal
  std::string verb = {};                  ///< for who finds the run unfinished
  std::string pass = "writing";           ///< as progress calls it
};

/// The files of a checkpoint as a run would write them.
std::vector<ShardTask> plan_shards(const Checkpoint& checkpoint, const ShardEncoding& encoding,
                                   const Hash128& run);

/// What an earlier run of the same task wrote to its end, where `options` allow to go on. Reads no data but a
/// sample. Throws Error{unwritable} where another run's result lies in the folder.
std::optional<WriteResult> find_written(const WriteTask& task, const WriteOptions& options,
                                        const RunControl& control);

/// Writes, unless find_written() finds it done.
WriteResult write_checkpoint(const WriteTask& task, const WriteOptions& options, const RunControl& control);

}  // namespace weightsieve
