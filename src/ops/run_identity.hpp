// What tells one writing run from another: a number for what it writes, and a line for whom it goes on for.
// Pure functions of the input and the options.
#pragma once

#include <optional>
#include <string>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/pack.hpp"

namespace weightsieve {

/// A function of the options, of what the input's headers say, and of a sample of what it holds, wherever it
/// lies: of what is not encoded 256 bytes in the middle of every tensor, of an encoded one the index at its
/// end, which has a hash of every frame. So two models of one architecture are told apart without reading
/// them.
Hash128 identify_run(const Checkpoint& checkpoint, SourcePool& files, const std::string& options, IoMode io);

/// What tells the checkpoint's files from others, or from what they were: path, size and time of change; not
/// device and inode, which another node sees otherwise.
std::string key_of_files(const Checkpoint& checkpoint);

/// What an unfinished run must share with the one that goes on: the run, and the very same input files.
std::string journal_line(const Checkpoint& checkpoint, const Hash128& run);

/// What the folder's manifest says of a run that ended there, when it is this one and every file has its
/// size. Nothing where there is no manifest, or an unfinished run's journal. Throws Error{unwritable}, which
/// says what to do: for a manifest of another run, files that are no longer as it lists them, and an input
/// that was written to since.
std::optional<WriteResult> find_finished(const std::string& folder, const Checkpoint& checkpoint,
                                         Encoding encoding, const Hash128& run);

}  // namespace weightsieve
