// The program under mpirun or srun: which of several processes this one is. Without a launcher, or built
// without MPI, it is the only one.
#pragma once

#include <functional>
#include <string>

#include "weightsieve/engine/team.hpp"

namespace weightsieve::cli {

/// The ranks that do the work together; null where this process is alone.
Team* team() noexcept;

/// Whether this process speaks to the user and writes what is written.
bool is_first_rank() noexcept;

/// What a rank that does not speak to the user would have said: told after all when it ends the run, and rank
/// 0 does not.
void keep_in_mind(std::string text);

/// Calls `program` as one of the ranks that a launcher started, if any did, and returns its status. When rank
/// 0 ends with an error, all others are ended too.
int run_as_rank(const std::function<int()>& program);

}  // namespace weightsieve::cli
