#include "weightsieve/stats/tensor_stats.hpp"

#include <algorithm>

#include "stats/finish.hpp"
#include "stats/measure.hpp"

namespace weightsieve {
namespace {

void append(std::vector<double>& to, std::vector<double>&& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    to.insert(to.end(), from.begin(), from.end());
  }
}

}  // namespace

unsigned key_granularity(Dtype dtype) noexcept {
  if (dtype == Dtype::F32 || dtype == Dtype::C64) return 29;
  return dtype == Dtype::I32 || dtype == Dtype::U32 ? 20 : 0;
}

std::unique_ptr<ExactSearch> search_in(const StatsContext& context, const TensorTask& task,
                                       const Statistics& statistics, std::span<const CodeCount> codes) {
  const std::vector<Bucket> buckets = buckets_of_codes(task.dtype, codes, statistics.counts);
  auto search = std::make_unique<ExactSearch>(population_of(statistics), buckets, context.options,
                                              key_granularity(task.dtype));
  if (!codes.empty()) search->add_codes(task.dtype, codes, statistics.counts);
  return search;
}

TensorStats::TensorStats(const StatsContext& context, const TensorTask& task, std::uint64_t first_element)
    : context_(&context), task_(task), is_first_(first_element == 0), tally_(context.options) {}

/// Joining rounds, so it is done in the order of the chunks and nowhere else.
void TensorStats::merge_moments(const Moments& next) {
  if (is_first_) {
    moments_.merge(next);
  } else {
    chunks_.push_back(next);
  }
}

void TensorStats::merge(UnitStats&& next) {
  tally_.merge(next.tally_);
  if (table_.empty()) {
    table_.assign(next.table_.begin(), next.table_.end());
  } else {
    for (std::size_t code = 0; code < next.table_.size(); ++code)
      table_[code] += next.table_[code];
  }
  for (const Moments& moments : next.moments_)
    merge_moments(moments);
  append(sample_, std::move(next.sample_));
  append(total_sample_, std::move(next.total_sample_));
}

void TensorStats::merge(TensorStats&& next) {
  tally_.merge(next.tally_);
  table_.resize(std::max(table_.size(), next.table_.size()));
  for (std::size_t code = 0; code < next.table_.size(); ++code)
    table_[code] += next.table_[code];
  for (const Moments& moments : next.chunks_)
    merge_moments(moments);
  append(sample_, std::move(next.sample_));
  append(total_sample_, std::move(next.total_sample_));
}

TensorResult TensorStats::finish() && {
  const Dtype dtype = task_.dtype;
  const StatsOptions& options = context_->options;
  TensorResult result;
  result.total_sample = std::move(total_sample_);
  result.codes = occurring_codes(dtype, table_);
  if (is_coded(dtype)) {
    tally_codes(dtype, result.codes, tally_);
    moments_ = moments_of(values_of_codes(dtype, result.codes));
  }
  result.moments = moments_;
  result.statistics = statistics_of(tally_, moments_);
  const bool search = !is_coded(dtype) && options.quantile_method == QuantileChoice::exact;
  if (search) {
    result.search = search_in(*context_, task_, result.statistics, result.codes);
  } else if (!sample_.empty() && sample_.size() == task_.values()) {
    describe_values(sorted_sample(std::move(sample_)).values, options, result.statistics);
  } else if (!result.codes.empty()) {
    describe_buckets(buckets_of_codes(dtype, result.codes, tally_.counts), sample_, options,
                     result.statistics);
  } else {
    describe_sample(sorted_sample(std::move(sample_)), options, result.statistics);
  }
  return result;
}

}  // namespace weightsieve
