// Finished statistics of a tensor as bytes and back, bit for bit. Pure functions; any thread.
#pragma once

#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// About 1.5 KiB with default options.
void write_statistics(WireWriter& out, const Statistics& statistics, const Moments& moments);

/// What write_statistics() wrote.
struct StatisticsOnWire {
  Statistics statistics;
  Moments moments;
};

/// Throws Error{malformed} for what cannot be the statistics of `values` values under these options.
StatisticsOnWire read_statistics(WireReader& in, const StatsOptions& options, std::uint64_t values);

/// A result, but for its search: what TotalStats::add() takes in another process.
void write_result(WireWriter& out, const TensorResult& result);

/// Throws Error{malformed} for what no tensor of this task leads to.
TensorResult read_result(WireReader& in, const StatsContext& context, const TensorTask& task);

}  // namespace weightsieve
