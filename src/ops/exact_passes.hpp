// What `exact` takes beyond the first pass: the searches that it led to, counted to their end.
#pragma once

#include <memory>
#include <vector>

#include "ops/profile_plan.hpp"
#include "weightsieve/engine/crew.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

/// Completes the statistics of the tensors that have a search (a place for each tensor of the plan), and
/// gives those of all parameters. Of a team every rank makes the call with the same searches and totals, and
/// all of them end with the same statistics. Reads the wide tensors again, once or more. Throws
/// Error{cancelled}, and what reading throws.
std::unique_ptr<Statistics> make_exact(SourcePool& files, ProfilePlan& plan,
                                       std::vector<std::unique_ptr<ExactSearch>>& searches,
                                       const TotalStats& totals, const Crew& crew, const ProgressSink& sink);

}  // namespace weightsieve
