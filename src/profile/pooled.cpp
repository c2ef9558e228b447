#include "weightsieve/profile/pooled.hpp"

#include "weightsieve/stats/pool.hpp"

namespace weightsieve {

Statistics pooled_statistics(std::span<const TensorProfile* const> tensors, const StatsOptions& options) {
  StatisticsPool pool(options);
  for (const TensorProfile* tensor : tensors)
    if (tensor->statistics) pool.add(*tensor->statistics, tensor->info.name);
  return pool.take();
}

}  // namespace weightsieve
