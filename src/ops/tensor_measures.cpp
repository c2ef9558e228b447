#include "ops/tensor_measures.hpp"

namespace weightsieve {

TensorPart::TensorPart(const StatsContext& context, const MeasuredTensor& tensor, const TraceRequest& request)
    : stats(context, tensor.task), scales(context, tensor.profile->info), traces(request) {}

void TensorPart::add_chunk(TensorReader& reader, Bytes bytes, std::uint64_t first, std::uint64_t elements) {
  stats.add_chunk(bytes, first);
  traces.add(bytes, first, elements);
  scales.add_chunk(reader, first, elements);
}

void FinishedTensor::keep_in(TensorProfile& profile) && {
  profile.statistics = std::make_unique<Statistics>(std::move(values.statistics));
  profile.scales = statistics_of(std::move(scales));
}

OpenTensor::OpenTensor(const StatsContext& context, const MeasuredTensor& tensor, const TraceRequest& request,
                       std::uint64_t first_element)
    : stats(context, tensor.task, first_element),
      scales(context, tensor.profile->info, first_element),
      traces(request) {}

void OpenTensor::merge(TensorPart&& next) {
  stats.merge(std::move(next.stats));
  scales.merge(std::move(next.scales));
  traces.merge(std::move(next.traces));
}

FinishedTensor OpenTensor::finish() {
  return {std::move(stats).finish(), std::move(scales).finish(), traces.digest()};
}

void OpenTensor::write(WireWriter& out) const {
  stats.write(out);
  scales.write(out);
  traces.write(out);
}

void OpenTensor::read_behind(WireReader& in) {
  stats.read_behind(in);
  scales.read_behind(in);
  traces.read_behind(in);
}

void OpenTensor::require_whole() const {
  stats.require_whole();
  scales.require_whole();
}

FinishedTensor measure_tensor_at_once(const StatsContext& context, const MeasuredTensor& tensor,
                                      const TraceRequest& request, TensorReader& reader,
                                      std::uint64_t& bytes_read) {
  const std::uint64_t elements = tensor.task.elements;
  const Bytes bytes = reader.read(tensor.profile->info, 0, elements);
  bytes_read += bytes.size();
  FinishedTensor finished;
  finished.values = measure_at_once(context, tensor.task, bytes);
  ChunkTraces traces(request);
  if (elements != 0) traces.add(bytes, 0, elements);
  finished.digest = traces.digest();
  finished.scales = measure_small_scales(context, tensor.profile->info, reader);
  return finished;
}

}  // namespace weightsieve
