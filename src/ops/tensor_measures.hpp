// All that is taken of one tensor while it is read: statistics of its values, of its blocks' scales, and what
// findings ask for. Parts of a large tensor join in order. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "ops/chunk_traces.hpp"
#include "ops/measured_tensor.hpp"
#include "ops/scale_stats.hpp"

namespace weightsieve {

/// A run of whole chunks.
struct TensorPart {
  UnitStats stats;
  UnitScales scales;
  ChunkTraces traces;

  TensorPart(const StatsContext& context, const MeasuredTensor& tensor, const TraceRequest& request);

  /// Adds a chunk that `reader` has just read.
  void add_chunk(TensorReader& reader, Bytes bytes, std::uint64_t first, std::uint64_t elements);
};

/// A whole tensor.
struct FinishedTensor {
  TensorResult values;
  std::vector<MeasuredScale> scales;
  std::string digest;  ///< empty where it was not requested

  /// Moves the statistics there.
  void keep_in(TensorProfile& profile) &&;
};

/// A large tensor of which a stretch of chunks is measured.
struct OpenTensor {
  TensorStats stats;
  TensorScales scales;
  ChunkTraces traces;

  OpenTensor(const StatsContext& context, const MeasuredTensor& tensor, const TraceRequest& request,
             std::uint64_t first_element = 0);

  void merge(TensorPart&& next);
  /// Requires all of the tensor; the traces stay.
  FinishedTensor finish();

  void write(WireWriter& out) const;
  /// Joins what write() wrote of the chunks right behind. Throws Error{malformed} for bytes that no stretch
  /// of this tensor leads to.
  void read_behind(WireReader& in);
  /// Throws Error{malformed} where what was read cannot be all of this tensor.
  void require_whole() const;
};

/// Reads and measures a tensor of which task.at_once(); adds its bytes to `bytes_read`.
FinishedTensor measure_tensor_at_once(const StatsContext& context, const MeasuredTensor& tensor,
                                      const TraceRequest& request, TensorReader& reader,
                                      std::uint64_t& bytes_read);

}  // namespace weightsieve
