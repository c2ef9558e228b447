// What one level of a plan decided: which elements of any run go. One implementation a way of deciding.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::prune {

/// Elements [first, first + elements) of a pruned tensor, and their bytes.
struct TensorRun {
  std::size_t ordinal = 0;  ///< of the tensor among the pruned ones
  const TensorInfo* tensor = nullptr;
  std::uint64_t first = 0;
  std::uint64_t elements = 0;
  Bytes bytes;

  std::uint64_t element_bytes() const noexcept { return dtype_info(tensor->dtype).bits / 8; }

  /// Elements [from, from + count) of the run.
  TensorRun part(std::uint64_t from, std::uint64_t count) const noexcept {
    return {ordinal, tensor, first + from, count,
            bytes.subspan(from * element_bytes(), count * element_bytes())};
  }
};

/// Marks runs of elements; one per thread.
class Marker {
 public:
  virtual ~Marker() = default;

  /// Sets drop[i] to 1 where element i of the run goes and to 0 where it stays.
  virtual void mark(const TensorRun& run, std::span<std::uint8_t> drop) = 0;
};

/// Immutable; any thread.
class Decision {
 public:
  virtual ~Decision() = default;

  /// `files` is for elements beside a run that decide with it. The decision must outlive the marker.
  virtual std::unique_ptr<Marker> marker(SourcePool& files) const = 0;

  /// Of one tensor: as PrunePlan::threshold().
  virtual std::optional<double> threshold(std::size_t) const { return std::nullopt; }
};

}  // namespace weightsieve::prune
