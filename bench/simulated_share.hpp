// What a rank would send of its share of a checkpoint whose weights are normally distributed: the bytes that
// the real code serialises, without reading terabytes. Chunks of a dtype hold the same values, so what one
// chunk leads to is counted once and joined as often as there are chunks. One thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "ops/part_measures.hpp"

namespace weightsieve::bench {

class ShareMaker {
 public:
  /// Fills the statistics of `profile` while it makes a share; both must outlive it.
  ShareMaker(CheckpointProfile& profile, const ProfilePlan& plan);

  /// As measure_stretch() has it of these units, which lie behind each other.
  std::vector<std::byte> share_of(std::span<const WorkUnit> units);

 private:
  Bytes content_of(Dtype dtype);
  UnitStats unit_of(const TensorTask& task, std::uint64_t first, std::uint64_t elements);
  TensorResult measure(const TensorTask& task);
  const TensorResult& result_of(const MeasuredTensor& tensor);
  void add_whole(std::size_t tensor);
  OpenTensor run_of(std::size_t tensor, std::uint64_t first, std::uint64_t end);

  CheckpointProfile& profile_;
  const ProfilePlan& plan_;
  std::vector<bool> repeats_;
  MeasureState state_;
  std::map<Dtype, std::vector<std::byte>> content_;                ///< of a chunk
  std::map<std::pair<Dtype, std::uint64_t>, UnitStats> units_;     ///< by elements
  std::map<std::pair<Dtype, std::uint64_t>, TensorResult> whole_;  ///< by elements
};

}  // namespace weightsieve::bench
