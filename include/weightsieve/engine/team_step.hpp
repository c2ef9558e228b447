// One step of a run that a team does together: each rank does its work, rank 0 takes what comes of it, and
// when it fails anywhere, it fails everywhere, with one and the same Error.
#pragma once

#include <functional>
#include <vector>

#include "weightsieve/engine/team.hpp"

namespace weightsieve {

/// `work` runs on every rank, `take` on rank 0 for each rank's bytes, in order. When anything throws, the
/// others are told, who end their work where they ask for it (stop_if_called_off()), and the Error of the
/// lowest rank that has one of its own is thrown on all ranks; its message names the rank where that is not
/// 0.
void run_step(Team& team, const std::function<std::vector<std::byte>()>& work,
              const std::function<void(unsigned rank, Bytes bytes)>& take);

/// A step that only rank 0 has work in. What it returns comes back everywhere.
std::vector<std::byte> run_on_first(Team& team, const std::function<std::vector<std::byte>()>& work);

/// Throws Error{cancelled} when another rank has failed in this step.
void stop_if_called_off(Team& team);

}  // namespace weightsieve
