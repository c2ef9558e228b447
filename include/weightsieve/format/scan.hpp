// What a scanner asks of a checkpoint beyond what its readers noted while they read it.
#pragma once

#include <vector>

#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {

/// Files that other programs may take for archives, and names of tensors that are made to deceive or to lead
/// out of a folder. Reads the last 64 KiB of each file. Any thread.
std::vector<Problem> scan_checkpoint(const Checkpoint& checkpoint, IoMode io);

}  // namespace weightsieve
