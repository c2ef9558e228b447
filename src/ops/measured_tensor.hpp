// What the passes over a checkpoint share: which tensors are read, and under which plan.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// A tensor to be measured. `profile` stays valid for the whole run.
struct MeasuredTensor {
  TensorProfile* profile = nullptr;
  TensorTask task;
};

/// Elements that a unit has of one of its tensors: all of them where it has several.
inline std::uint64_t work_elements(const WorkUnit& unit, const TensorInfo& tensor) noexcept {
  return unit.tensors == 1 ? unit.elements : tensor.elements;
}

/// Bytes that a unit reads of one of its tensors.
inline std::uint64_t work_bytes(const WorkUnit& unit, const TensorInfo& tensor) noexcept {
  return work_elements(unit, tensor) * dtype_info(tensor.dtype).bits / 8;
}

/// What it takes to count these, as the engine's counting_cost().
inline std::uint64_t work_cost(const WorkUnit& unit, const TensorInfo& tensor) noexcept {
  return counting_cost(work_bytes(unit, tensor),
                       work_elements(unit, tensor) * values_per_element(tensor.dtype));
}

/// work_bytes() or work_cost() of all tensors of a unit.
inline std::uint64_t sum_over(const WorkUnit& unit, std::span<const MeasuredTensor> tensors,
                              std::uint64_t (*each)(const WorkUnit&, const TensorInfo&)) noexcept {
  std::uint64_t sum = 0;
  for (const MeasuredTensor& tensor : tensors.subspan(unit.first_tensor, unit.tensors))
    sum += each(unit, tensor.profile->info);
  return sum;
}

/// Reads the elements [first, first + elements) of a tensor chunk by chunk, calls visit(bytes, its first
/// element, its elements) for each, and gives the bytes read. Throws what reading throws.
template <class Visit>
std::uint64_t read_chunks(TensorReader& reader, const TensorInfo& tensor, std::uint64_t first,
                          std::uint64_t elements, Visit visit) {
  std::uint64_t bytes_read = 0;
  for (const std::uint64_t end = first + elements; first < end; first += kChunkElements) {
    const std::uint64_t some = std::min(kChunkElements, end - first);
    const Bytes bytes = reader.read(tensor, first, some);
    visit(bytes, first, some);
    bytes_read += bytes.size();
  }
  return bytes_read;
}

}  // namespace weightsieve
