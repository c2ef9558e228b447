// TensorStats as bytes, and back behind what another process counted of the same tensor.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/measure.hpp"
#include "stats/wire_counts.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {
namespace {

std::uint64_t sum_of(std::span<const Bucket> buckets) {
  std::uint64_t sum = 0;
  for (const Bucket& bucket : buckets)
    sum += bucket.count;
  return sum;
}

/// Zeros are taken off the counts of the two codes that hold them.
bool holds_zeros(Dtype dtype, const std::vector<std::uint64_t>& table, const ValueCounts& counts) {
  if (is_coded(dtype)) return true;
  const std::uint64_t positive = counts.zero - counts.negative_zero;
  return table[0] >= positive && table[0x8000] >= counts.negative_zero;
}

}  // namespace

void TensorStats::write(WireWriter& out) const {
  write_tally(out, tally_);
  write_table(out, table_);
  out.count(is_first_ ? 1 : 0);
  if (is_first_) write_moments(out, moments_);
  out.count(chunks_.size());
  for (const Moments& moments : chunks_)
    write_moments(out, moments);
  write_values(out, sample_);
  write_values(out, total_sample_);
}

void TensorStats::read_behind(WireReader& in) {
  const bool has_begun = tally_.counts.values() != 0 || !table_.empty() || !chunks_.empty();
  tally_.merge(read_tally(in, context_->options));
  add_table(in, code_space(task_.dtype), table_);
  if (in.truth()) {
    if (has_begun || !is_first_) fail_wire("the begin of a tensor in its midst");
    moments_ = read_moments(in);
  }
  for (std::size_t left = in.length(); left > 0; --left)
    merge_moments(read_moments(in));
  const auto sample = read_values(in, context_->options.sample);
  sample_.insert(sample_.end(), sample.begin(), sample.end());
  const auto total_sample = read_values(in, context_->total_sample ? context_->total_sample->size() : 0);
  total_sample_.insert(total_sample_.end(), total_sample.begin(), total_sample.end());
}

void TensorStats::require_whole() const {
  Tally tally = tally_;
  const std::uint64_t in_table = std::accumulate(table_.begin(), table_.end(), std::uint64_t{0});
  const std::vector<CodeCount> codes = occurring_codes(task_.dtype, table_);
  if (is_coded(task_.dtype)) tally_codes(task_.dtype, codes, tally);
  const bool counted = tally.counts.values() == task_.values() &&
                       (is_coded(task_.dtype) || moments_.count == tally.counts.finite()) &&
                       tally.min.has_value() == (tally.counts.finite() != 0);
  if (!counted) fail_wire("counts that are not those of its values");
  const auto plan = tensor_sample(*context_, task_);
  if (sample_.size() != (plan ? plan->size() : 0)) fail_wire("a sample that is not its own");
  if (table_.empty()) return;
  const bool bucketed = in_table == task_.values() && holds_zeros(task_.dtype, table_, tally.counts) &&
                        sum_of(buckets_of_codes(task_.dtype, codes, tally.counts)) == tally.counts.finite();
  if (!bucketed) fail_wire("counts by code that are not those of its values");
}

}  // namespace weightsieve
