// Opening what a verb reads: the checkpoint, and what its folder says of the run that wrote it.
#pragma once

#include <optional>
#include <string>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// The journal that stands in a folder while a run writes there, and after one that was interrupted.
inline constexpr std::string_view kJournalName = ".weightsieve.journal";
/// The first word of its record of the command: "command VERB HEX-OF-PATH".
inline constexpr std::string_view kJournalCommand = "command";

/// The folder that `path` is or lies in, with a slash at its end; empty for a file of the current folder.
std::string folder_of(const std::string& path);

/// open_checkpoint() as `control` says. Problems, refused under strict: a packed shard without a manifest
/// beside it, and a file beside an unfinished run's journal. A folder with such a journal is an
/// Error{malformed, rule WRITE-UNFINISHED} that says how to go on.
Checkpoint open_input(const std::string& path, const RunControl& control, bool include_optimizer = false);

}  // namespace weightsieve
