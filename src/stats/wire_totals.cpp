// TotalStats' counts as bytes and back.

#include <algorithm>
#include <cmath>

#include "stats/wire_counts.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

void TotalStats::write_counts(WireWriter& out) const {
  out.count(tables_.size());
  for (const auto& [dtype, table] : tables_) {
    out.count(static_cast<std::uint64_t>(dtype));
    write_table(out, table);
  }
  out.count(uncounted_integers_ ? 1 : 0);
  out.count(integers_.size());
  for (const auto& [value, count] : integers_) {
    out.put(value);
    out.count(count);
  }
  write_values(out, sample_);
}

void TotalStats::read_counts(WireReader& in) {
  for (std::size_t left = in.length(); left > 0; --left) {
    const auto dtype = static_cast<Dtype>(in.count(all_dtypes().size() - 1));
    const auto table = tables_.find(dtype);
    if (table == tables_.end()) fail_wire("counts of a dtype that there is none of");
    add_table(in, code_space(dtype), table->second);
  }
  uncounted_integers_ = in.truth() || uncounted_integers_;
  for (std::size_t left = in.length(); left > 0; --left) {
    const auto value = in.get<double>();
    if (!std::isfinite(value)) fail_wire("integers that are not finite");
    add_integers(value, in.count());
  }
  if (uncounted_integers_) integers_.clear();
  const auto sample = read_values(in, context_->total_sample ? context_->total_sample->size() : 0);
  sample_.insert(sample_.end(), sample.begin(), sample.end());
}

void TotalStats::require_whole() const {
  if (sample_.size() != (context_->total_sample ? context_->total_sample->size() : 0))
    fail_wire("a sample of all parameters that is not theirs");
  if (!all_counted(buckets())) return;
  for (const auto& [dtype, table] : tables_) {
    const ValueCounts& counts = counts_by_dtype_.at(dtype);
    const auto occurs = [&counts](std::uint64_t count) { return count <= counts.values(); };
    const bool fits = std::ranges::all_of(table, occurs) &&
                      (is_coded(dtype) || (table[0] >= counts.zero - counts.negative_zero &&
                                           table[0x8000] >= counts.negative_zero));
    if (!fits) fail_wire("counts by code that are not those of the parameters");
  }
}

}  // namespace weightsieve
