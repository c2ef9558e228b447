// Statistics of the scales that a tensor's blocks are stored with, beside those of the values that come out.
// They are numbers of at most 16 bits, so they are counted by code and exact, and join as a tensor's do. A
// tensor that is not stored in blocks has none, and costs nothing. One thread at a time.
#pragma once

#include <span>
#include <vector>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// The scales of one name, and what is needed to write their statistics for another process.
struct MeasuredScale {
  Statistics statistics;
  Moments moments;
};

std::vector<Moments> moments_of(std::span<const MeasuredScale> scales);
std::vector<Statistics> statistics_of(std::vector<MeasuredScale> scales);

/// Counts of the scales of one run of whole chunks.
class UnitScales {
 public:
  UnitScales(const StatsContext& context, const TensorInfo& tensor);

  /// Adds the scales of the chunk that `reader` has just read.
  void add_chunk(TensorReader& reader, std::uint64_t first_element, std::uint64_t elements);

 private:
  friend class TensorScales;

  const TensorInfo* tensor_;
  std::vector<UnitStats> scales_;
};

/// Joins a tensor's units in order, as TensorStats does. Memory: 512 KiB for each name of a scale.
class TensorScales {
 public:
  TensorScales(const StatsContext& context, const TensorInfo& tensor, std::uint64_t first_element = 0);

  void merge(UnitScales&& next);
  std::vector<MeasuredScale> finish() &&;

  void write(WireWriter& out) const;
  /// Joins what write() wrote of the elements right behind. Throws Error{malformed} as TensorStats does.
  void read_behind(WireReader& in);
  void require_whole() const;

 private:
  std::vector<TensorStats> scales_;
};

/// Those of a whole tensor, with their moments, for read_scales() in another process.
void write_scales(WireWriter& out, std::span<const Statistics> scales, std::span<const Moments> moments);
/// Throws Error{malformed} for what no scales of this tensor lead to.
std::vector<MeasuredScale> read_scales(WireReader& in, const StatsOptions& options, const TensorInfo& tensor);

/// Of a whole small tensor that `reader` has just read.
std::vector<MeasuredScale> measure_small_scales(const StatsContext& context, const TensorInfo& tensor,
                                                TensorReader& reader);

}  // namespace weightsieve
