#include <vector>

#include "stats/finish.hpp"
#include "stats/measure.hpp"
#include "weightsieve/stats/exact_counter.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {
namespace {

/// Runs the passes of `exact` over a chunk that is still in the cache.
void finish_search(ExactSearch& search, const TensorTask& task, Bytes bytes, Statistics& statistics) {
  while (!search.done()) {
    search.begin_pass();
    ExactCounter(task.dtype, &search, nullptr).count(bytes, task.values());
    search.end_pass();
  }
  search.complete(statistics);
}

TensorResult measure_one_chunk(const StatsContext& context, const TensorTask& task, Bytes bytes) {
  std::vector<std::uint32_t> top16(code_space(task.dtype));
  Tally tally(context.options);
  TensorResult result;
  result.moments.merge(measure_wide(task, bytes, 0, task.values(), context.options, top16.data(), tally));
  result.statistics = statistics_of(tally, result.moments);
  result.codes = occurring_codes(task.dtype, top16);
  finish_search(*search_in(context, task, result.statistics, result.codes), task, bytes, result.statistics);
  if (context.total_sample && task.total_first)
    collect_sample(*context.total_sample, task.dtype, bytes, *task.total_first, task.values(),
                   result.total_sample);
  return result;
}

}  // namespace

TensorResult measure_at_once(const StatsContext& context, const TensorTask& task, Bytes bytes) {
  return task.small() ? measure_small(context, task, bytes) : measure_one_chunk(context, task, bytes);
}

}  // namespace weightsieve
