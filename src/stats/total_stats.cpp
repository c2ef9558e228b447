#include "weightsieve/stats/total_stats.hpp"

#include <algorithm>

#include "stats/code_table.hpp"
#include "stats/finish.hpp"

namespace weightsieve {
namespace {

/// Wide integers of small tensors are kept value by value; so many distinct ones at most.
constexpr std::size_t kMostIntegers = 65'536;

/// C64 is counted in halves of F32.
Dtype table_dtype(Dtype dtype) noexcept { return dtype == Dtype::C64 ? Dtype::F32 : dtype; }

Tally named(const Statistics& statistics, const std::string& tensor, const StatsOptions& options) {
  Tally tally(options);
  tally.counts = statistics.counts;
  tally.min = statistics.min;
  tally.max = statistics.max;
  tally.intervals = statistics.intervals;
  if (tally.min) tally.min->tensor = tensor;
  if (tally.max) tally.max->tensor = tensor;
  return tally;
}

}  // namespace

TotalStats::TotalStats(const StatsContext& context) : context_(&context), tally_(context.options) {}

void TotalStats::add(const TensorTask& task, const std::string& name, const TensorResult& result) {
  note(task, name, result.statistics, result.moments);
  count(task, result);
}

void TotalStats::note(const TensorTask& task, const std::string& name, const Statistics& statistics,
                      const Moments& moments) {
  tally_.merge(named(statistics, name, context_->options));
  moments_.merge(moments);
  if (!is_coded(task.dtype)) granularity_ = std::min(granularity_, key_granularity(task.dtype));
  const Dtype dtype = table_dtype(task.dtype);
  if (code_space(dtype) == 0) {
    uncounted_integers_ = uncounted_integers_ || !task.small();
    return;
  }
  tables_[dtype].resize(code_space(dtype));
  counts_by_dtype_[dtype] += statistics.counts;
}

void TotalStats::count(const TensorTask& task, const TensorResult& result) {
  sample_.insert(sample_.end(), result.total_sample.begin(), result.total_sample.end());
  for (const auto& [value, times] : result.integers)
    add_integers(value, times);
  if (uncounted_integers_) integers_.clear();
  if (result.codes.empty()) return;
  std::vector<std::uint64_t>& table = tables_[table_dtype(task.dtype)];
  for (const auto& [code, times] : result.codes)
    table[code] += times;
}

void TotalStats::add_integers(double value, std::uint64_t count) {
  if (uncounted_integers_) return;
  integers_[value] += count;
  uncounted_integers_ = integers_.size() > kMostIntegers;
}

std::vector<Bucket> TotalStats::buckets() const {
  std::vector<Bucket> all;
  for (const auto& [dtype, table] : tables_) {
    const auto some = buckets_of_codes(dtype, occurring_codes(dtype, table), counts_by_dtype_.at(dtype));
    all.insert(all.end(), some.begin(), some.end());
  }
  for (const auto& [value, count] : integers_)
    all.push_back({value, value, count});
  std::ranges::stable_sort(all, {}, &Bucket::low);
  return all;
}

/// Whether buckets hold every value: not when a wide dtype was only sampled.
bool TotalStats::all_counted(std::span<const Bucket> buckets) const {
  std::uint64_t counted = 0;
  for (const Bucket& bucket : buckets)
    counted += bucket.count;
  return counted == tally_.counts.finite();
}

std::optional<std::vector<Bucket>> TotalStats::counted_values() const {
  std::vector<Bucket> all = buckets();
  if (!all_counted(all)) return std::nullopt;
  return all;
}

TotalStats::Finished TotalStats::finish() const {
  const StatsOptions& options = context_->options;
  Finished finished{statistics_of(tally_, moments_), nullptr};
  Statistics& statistics = finished.statistics;
  const Population population = population_of(statistics);
  const std::vector<Bucket> all = buckets();
  const bool counted = all_counted(all);
  const bool values_known =
      counted && std::ranges::all_of(all, [](const Bucket& bucket) { return bucket.low == bucket.high; });
  if (values_known) {
    describe_buckets(all, {}, options, statistics);
  } else if (options.quantile_method == QuantileChoice::exact) {
    finished.search = std::make_unique<ExactSearch>(population, counted ? all : std::vector<Bucket>{},
                                                    options, granularity_);
    if (counted) add_codes(*finished.search);
  } else if (sample_.size() == population.values) {
    describe_values(sorted_sample(sample_).values, options, statistics);
  } else if (counted) {
    describe_buckets(all, sample_, options, statistics);
  } else {
    describe_sample(sorted_sample(sample_), options, statistics);
  }
  return finished;
}

void TotalStats::add_codes(ExactSearch& search) const {
  for (const auto& [dtype, table] : tables_) {
    if (!is_coded(dtype)) search.add_codes(dtype, occurring_codes(dtype, table), counts_by_dtype_.at(dtype));
  }
}

void TotalStats::count_known(ExactTally& tally) const {
  for (const auto& [dtype, table] : tables_) {
    if (!is_coded(dtype)) continue;
    for (std::uint32_t code = 0; code < table.size(); ++code) {
      if (table[code] != 0) tally.count_known(code_values(dtype)[code], table[code]);
    }
  }
}

}  // namespace weightsieve
