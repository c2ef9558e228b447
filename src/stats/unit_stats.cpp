#include <algorithm>

#include "stats/code_table.hpp"
#include "stats/measure.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

std::optional<SamplePlan> tensor_sample(const StatsContext& context, const TensorTask& task) noexcept {
  const bool needed = !is_coded(task.dtype) && context.options.quantile_method != QuantileChoice::exact;
  if (!needed) return std::nullopt;
  return SamplePlan(context.options.seed, task.stream, task.values(), context.options.sample);
}

UnitStats::UnitStats(const StatsContext& context, const TensorTask& task)
    : context_(&context), task_(task), sample_plan_(tensor_sample(context, task)), tally_(context.options) {
  const bool sample_alone =
      !is_coded(task.dtype) && context.options.quantile_method == QuantileChoice::reservoir;
  if (!sample_alone) table_.resize(code_space(task.dtype));
}

void UnitStats::add_chunk(Bytes chunk, std::uint64_t first_element) {
  const std::uint64_t elements = std::min(kChunkElements, task_.elements - first_element);
  const std::uint64_t per_element = values_per_element(task_.dtype);
  const std::uint64_t first_value = first_element * per_element;
  if (is_coded(task_.dtype)) {
    add_coded(chunk, first_element, elements);
  } else {
    add_wide(chunk, first_element, elements);
  }
  if (sample_plan_)
    collect_sample(*sample_plan_, task_.dtype, chunk, first_value, elements * per_element, sample_);
  if (context_->total_sample && task_.total_first) {
    collect_sample(*context_->total_sample, task_.dtype, chunk, *task_.total_first + first_value,
                   elements * per_element, total_sample_);
  }
}

void UnitStats::add_coded(Bytes bytes, std::uint64_t first_element, std::uint64_t elements) {
  count_codes(task_.dtype, bytes, elements, table_);
  note_coded_extremes(bytes, first_element, elements);
}

/// A code beyond the extremes so far can only have come with this chunk; then it is looked for.
void UnitStats::note_coded_extremes(Bytes chunk, std::uint64_t first_element, std::uint64_t elements) {
  const auto note = [&](std::optional<Extreme>& extreme, std::uint32_t code) {
    const double value = code_values(task_.dtype)[code];
    if (extreme && extreme->value.as_double() == value) return;
    extreme = {Number(value), first_element + find_value(task_.dtype, chunk, elements, code), {}};
  };
  if (const auto least = least_code(task_.dtype, table_)) note(tally_.min, *least);
  if (const auto greatest = greatest_code(task_.dtype, table_)) note(tally_.max, *greatest);
}

void UnitStats::add_wide(Bytes chunk, std::uint64_t first_element, std::uint64_t elements) {
  const std::uint64_t per_element = values_per_element(task_.dtype);
  std::uint32_t* const top16 = table_.empty() ? nullptr : table_.data();
  moments_.push_back(measure_wide(task_, chunk, first_element * per_element, elements * per_element,
                                  context_->options, top16, tally_));
}

}  // namespace weightsieve
