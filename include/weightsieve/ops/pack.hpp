// The verbs pack and unpack: a checkpoint written again without loss, smaller, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/encode/encoding.hpp"
#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/io/journal.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// How files are written. Whatever it says, an input is never written to, links are never followed, and a
/// file appears when it is whole.
struct WriteOptions {
  Encoding encoding = Encoding::packed;
  int level = 3;  ///< of zst: 1 to 19
  /// refuse: an existing file or an unfinished run in the folder is an Error{unwritable}. discard: both are
  /// replaced. resume: an unfinished run of the same input and options is gone on with, and where a finished
  /// one stands, that is the result; of another run, it is an Error{unwritable}.
  Leftover existing = Leftover::refuse;
  bool entropy_bound = false;   ///< the result tells how small it could get; reads everything once more
  bool time_restoring = false;  ///< the result tells how long that takes; reads all that was written
};

struct WriteResult {
  std::string checkpoint;
  std::string folder;
  Encoding encoding = Encoding::dense;
  Hash128 run{};                    ///< a function of the options, the input's headers, and a sample of it
  std::uint64_t content_bytes = 0;  ///< of the dense files
  std::uint64_t written_bytes = 0;  ///< of what stands for them
  std::vector<ManifestFile> files;  ///< by name, sidecars included
  bool already_complete = false;    ///< by an earlier run; nothing was done
  /// Bytes, where it was asked for: the mask's entropy, the order-0 entropy of the upper 16 bits of what is
  /// kept, and its lower bits as they are, chunk by chunk.
  std::optional<double> entropy_bound = {};
  std::optional<double> write_seconds = {};    ///< of this run
  std::optional<double> restore_seconds = {};  ///< to read all of it back and decode it, into memory
};

/// Writes every file of the checkpoint at `path` into `folder`, which is created, and a manifest behind them.
/// From a folder, its sidecars (configuration, tokenizer, licence) come along. The bytes are a function of
/// the input and the options. Memory: 64 MiB + 24 MiB a thread + 16 KiB a tensor + 8 times the headers.
/// Throws Error: what open_checkpoint() throws; unwritable (nothing is left behind, unless `existing` is
/// resume); changed; cancelled (what is done is kept for `resume`).
WriteResult pack_checkpoint(const std::string& path, const std::string& folder,
                            const WriteOptions& options = {}, const RunControl& control = {});

struct UnpackOptions {
  Leftover existing = Leftover::refuse;  ///< as in WriteOptions
  /// Whether the result tells each file's SHA-256. Restoring needs no hash of what is restored, and computing
  /// it takes longer than the rest.
  bool hashes = true;
};

/// Restores the dense files of a checkpoint that was written as zst or packed, byte for byte. Every byte is
/// checked against the hashes in its own file, and the shards' names, sizes and run (of zst: SHA-256) against
/// the manifest beside them, where there is one. Throws what pack_checkpoint() throws, Error{malformed} by a
/// MANIFEST rule, and Error{usage} where nothing is encoded.
WriteResult unpack_checkpoint(const std::string& path, const std::string& folder,
                              const UnpackOptions& options = {}, const RunControl& control = {});

}  // namespace weightsieve
