#include "simulated_share.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "ops/zero_job.hpp"
#include "stats/code_table.hpp"
#include "stats/measure.hpp"

namespace weightsieve::bench {
namespace {

constexpr double kDeviation = 0.02;  // what large models have

std::vector<double> normal_values() {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal(0, kDeviation);
  std::vector<double> values(kChunkElements);
  std::ranges::generate(values, [&] { return normal(random); });
  return values;
}

/// The finite codes of a dtype, by the value that each means.
std::vector<std::pair<double, std::uint16_t>> codes_by_value(Dtype dtype) {
  std::vector<std::pair<double, std::uint16_t>> codes;
  std::uint16_t code = 0;
  for (const double value : code_values(dtype)) {
    if (std::isfinite(value)) codes.emplace_back(value, code);
    ++code;
  }
  std::ranges::sort(codes);
  return codes;
}

template <class T>
void append(std::vector<std::byte>& bytes, const T& value) {
  const auto* const begin = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof(T));
}

std::vector<std::byte> normal_chunk(Dtype dtype) {
  std::vector<std::byte> bytes;
  const std::vector<double> values = normal_values();
  if (dtype == Dtype::F32) {
    for (const double value : values)
      append(bytes, static_cast<float>(value));
    return bytes;
  }
  const bool is_byte = dtype_info(dtype).bits == 8;
  if (!is_coded(dtype) || (!is_byte && dtype_info(dtype).bits != 16))
    throw Error(ErrorCode::usage, "is of a dtype that is not simulated");
  const auto codes = codes_by_value(dtype);
  for (const double value : values) {
    const auto at = std::ranges::lower_bound(codes, value, {}, &std::pair<double, std::uint16_t>::first);
    const std::uint16_t code = (at == codes.end() ? codes.back() : *at).second;
    is_byte ? append(bytes, static_cast<std::uint8_t>(code)) : append(bytes, code);
  }
  return bytes;
}

}  // namespace

ShareMaker::ShareMaker(CheckpointProfile& profile, const ProfilePlan& plan)
    : profile_(profile),
      plan_(plan),
      repeats_(repeats_of(profile, plan)),
      state_(plan, {}, std::vector<TraceRequest>(plan.tensors.size())) {}

Bytes ShareMaker::content_of(Dtype dtype) {
  std::vector<std::byte>& content = content_[dtype];
  if (content.empty()) content = normal_chunk(dtype);
  return content;
}

/// Samples depend on where a chunk lies: where there are any, its values are looked at.
UnitStats ShareMaker::unit_of(const TensorTask& task, std::uint64_t first, std::uint64_t elements) {
  const Bytes bytes = content_of(task.dtype).first(elements * dtype_info(task.dtype).bits / 8);
  if (plan_.context.total_sample || !is_coded(task.dtype)) {
    UnitStats unit(plan_.context, task);
    unit.add_chunk(bytes, first);
    return unit;
  }
  const auto key = std::pair(task.dtype, elements);
  const auto known = units_.find(key);
  if (known != units_.end()) return known->second;
  UnitStats unit(plan_.context, {task.dtype, elements, 0, std::nullopt});
  unit.add_chunk(bytes, 0);
  return units_.emplace(key, std::move(unit)).first->second;
}

TensorResult ShareMaker::measure(const TensorTask& task) {
  const Bytes content = content_of(task.dtype);
  if (task.small())
    return measure_small(plan_.context, task, content.first(task.elements * dtype_info(task.dtype).bits / 8));
  TensorStats stats(plan_.context, task);
  UnitStats chunk(plan_.context, task);
  chunk.add_chunk(content, 0);
  const std::uint64_t rest = task.elements % kChunkElements;
  for (std::uint64_t i = 0; i < task.elements / kChunkElements; ++i)
    stats.merge(UnitStats(chunk));
  if (rest != 0) {
    UnitStats last(plan_.context, task);
    last.add_chunk(content.first(rest * dtype_info(task.dtype).bits / 8), task.elements - rest);
    stats.merge(std::move(last));
  }
  return std::move(stats).finish();
}

/// Of tensors of one size the statistics are the same; what each gives to the sample of all is its own.
const TensorResult& ShareMaker::result_of(const MeasuredTensor& tensor) {
  const TensorTask& task = tensor.task;
  const auto key = std::pair(task.dtype, task.elements);
  auto known = whole_.find(key);
  if (known == whole_.end())
    known = whole_.emplace(key, measure({task.dtype, task.elements, 0, std::nullopt})).first;
  TensorResult& result = known->second;
  result.total_sample.clear();
  if (!plan_.context.total_sample || !task.total_first) return result;
  for (std::uint64_t at = 0; at < task.elements; at += kChunkElements)
    collect_sample(*plan_.context.total_sample, task.dtype, content_of(task.dtype), *task.total_first + at,
                   std::min(kChunkElements, task.elements - at), result.total_sample);
  return result;
}

void ShareMaker::add_whole(std::size_t tensor) {
  const MeasuredTensor& measured = plan_.tensors[tensor];
  const TensorResult& result = result_of(measured);
  if (measured.task.total_first) state_.totals.add(measured.task, measured.profile->info.name, result);
  state_.moments[tensor] = result.moments;
  measured.profile->statistics = std::make_unique<Statistics>(result.statistics);
}

OpenTensor ShareMaker::run_of(std::size_t tensor, std::uint64_t first, std::uint64_t end) {
  const MeasuredTensor& measured = plan_.tensors[tensor];
  const TraceRequest request{false, zero_scan_of(measured.profile->info, repeats_[tensor])};
  OpenTensor open(plan_.context, measured, request, first);
  for (; first < end; first += kChunkElements) {
    TensorPart part(plan_.context, measured, request);
    part.stats = unit_of(measured.task, first, std::min(kChunkElements, end - first));
    open.merge(std::move(part));
  }
  return open;
}

std::vector<std::byte> ShareMaker::share_of(std::span<const WorkUnit> units) {
  const ShareLayout layout = layout_of(units, {0, units.size()});
  const PlanPosition begin = units.empty() ? PlanPosition{} : begin_of(units.front());
  const PlanPosition end = units.empty() ? PlanPosition{} : end_of(units.back());
  state_.totals = TotalStats(plan_.context);
  state_.head.reset();
  state_.tail.reset();
  if (layout.head)
    state_.head.emplace(run_of(*layout.head, begin.element, plan_.tensors[*layout.head].task.elements));
  for (std::size_t i = layout.first_whole; i < layout.end_whole; ++i)
    add_whole(i);
  if (layout.tail)
    state_.tail.emplace(run_of(*layout.tail, *layout.tail == begin.tensor ? begin.element : 0, end.element));
  WireWriter out;
  write_measures(out, {profile_, plan_, layout}, state_,
                 std::vector<std::optional<ZeroPattern>>(profile_.tensors.size()));
  for (std::size_t i = layout.first_whole; i < layout.end_whole; ++i)
    plan_.tensors[i].profile->statistics.reset();
  return out.take();
}

}  // namespace weightsieve::bench
