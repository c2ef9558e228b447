// The statistics of several profiled tensors together. A pure function; any thread.
#pragma once

#include <span>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// What StatisticsPool makes of the tensors that have statistics, which were counted with `options`.
Statistics pooled_statistics(std::span<const TensorProfile* const> tensors, const StatsOptions& options);

}  // namespace weightsieve
