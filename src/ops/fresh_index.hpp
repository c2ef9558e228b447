// The index of the shards that are written of a checkpoint of another format: its own would name files that
// are not there. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {

/// Whether a file of this name is the index of a sharded checkpoint, of whatever format.
bool is_index_name(std::string_view name);

/// Whether what is written of the checkpoint are other files than it has.
bool is_converted(const Checkpoint& checkpoint);

/// The name of the index that its shards want; nothing for one file, or shards that have an index or need
/// none.
std::optional<std::string> fresh_index_name(const Checkpoint& checkpoint);

/// Its text: which of the dense files holds which tensor. Tied tensors are there once, as in the files.
std::string fresh_index(const Checkpoint& checkpoint);

}  // namespace weightsieve
