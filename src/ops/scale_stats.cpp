#include "ops/scale_stats.hpp"

#include <utility>

#include "weightsieve/stats/wire_statistics.hpp"

namespace weightsieve {
namespace {

std::uint64_t blocks_in(const TensorInfo& tensor, std::uint64_t elements) {
  return elements / block_type_info(tensor.blocks).elements;
}

TensorTask task_of(const TensorInfo& tensor, const BlockScale& scale) {
  return {scale.dtype, scales_in(tensor, scale), 0, std::nullopt};
}

MeasuredScale scale_of(TensorResult result) { return {std::move(result.statistics), result.moments}; }

}  // namespace

std::vector<Moments> moments_of(std::span<const MeasuredScale> scales) {
  std::vector<Moments> moments;
  moments.reserve(scales.size());
  for (const MeasuredScale& scale : scales)
    moments.push_back(scale.moments);
  return moments;
}

std::vector<Statistics> statistics_of(std::vector<MeasuredScale> scales) {
  std::vector<Statistics> statistics;
  statistics.reserve(scales.size());
  for (MeasuredScale& scale : scales)
    statistics.push_back(std::move(scale.statistics));
  return statistics;
}

UnitScales::UnitScales(const StatsContext& context, const TensorInfo& tensor) : tensor_(&tensor) {
  for (const BlockScale& scale : block_type_info(tensor.blocks).scales)
    scales_.emplace_back(context, task_of(tensor, scale));
}

void UnitScales::add_chunk(TensorReader& reader, std::uint64_t first_element, std::uint64_t elements) {
  const std::uint64_t first = blocks_in(*tensor_, first_element);
  const std::uint64_t count = blocks_in(*tensor_, elements);
  for (std::size_t i = 0; i < scales_.size(); ++i) {
    const BlockScale& scale = block_type_info(tensor_->blocks).scales[i];
    const Bytes bytes = reader.read_scales(*tensor_, scale, first, count);
    scales_[i].add_coded(bytes, first * scale.count, count * scale.count);
  }
}

TensorScales::TensorScales(const StatsContext& context, const TensorInfo& tensor,
                           std::uint64_t first_element) {
  for (const BlockScale& scale : block_type_info(tensor.blocks).scales)
    scales_.emplace_back(context, task_of(tensor, scale), first_element);
}

void TensorScales::merge(UnitScales&& next) {
  for (std::size_t i = 0; i < scales_.size(); ++i)
    scales_[i].merge(std::move(next.scales_[i]));
}

std::vector<MeasuredScale> TensorScales::finish() && {
  std::vector<MeasuredScale> measured;
  for (TensorStats& scale : scales_)
    measured.push_back(scale_of(std::move(scale).finish()));
  return measured;
}

void TensorScales::write(WireWriter& out) const {
  for (const TensorStats& scale : scales_)
    scale.write(out);
}

void TensorScales::read_behind(WireReader& in) {
  for (TensorStats& scale : scales_)
    scale.read_behind(in);
}

void TensorScales::require_whole() const {
  for (const TensorStats& scale : scales_)
    scale.require_whole();
}

void write_scales(WireWriter& out, std::span<const Statistics> scales, std::span<const Moments> moments) {
  for (std::size_t i = 0; i < scales.size(); ++i)
    write_statistics(out, scales[i], moments[i]);
}

std::vector<MeasuredScale> read_scales(WireReader& in, const StatsOptions& options,
                                       const TensorInfo& tensor) {
  std::vector<MeasuredScale> measured;
  for (const BlockScale& scale : block_type_info(tensor.blocks).scales) {
    auto [statistics, moments] = read_statistics(in, options, scales_in(tensor, scale));
    measured.push_back({std::move(statistics), moments});
  }
  return measured;
}

std::vector<MeasuredScale> measure_small_scales(const StatsContext& context, const TensorInfo& tensor,
                                                TensorReader& reader) {
  std::vector<MeasuredScale> measured;
  for (const BlockScale& scale : block_type_info(tensor.blocks).scales) {
    const Bytes bytes = reader.read_scales(tensor, scale, 0, blocks_in(tensor, tensor.elements));
    measured.push_back(scale_of(measure_small(context, task_of(tensor, scale), bytes)));
  }
  return measured;
}

}  // namespace weightsieve
