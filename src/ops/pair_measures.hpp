// A pair of tensors while it is compared: what its chunks have led to, and what comes of them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/profile/profile_diff.hpp"
#include "weightsieve/stats/pair_stats.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

/// A pair to be read. All that it points to stays valid for the whole run.
struct ComparedPair {
  TensorPair* pair = nullptr;
  MeasuredTensor a, b;
  PairTask task;
};

/// A pair that is measured to its end.
struct PairResult {
  TensorResult a, b;
  PairTally tally;
  std::optional<KsDistance> ks;
};

/// The distance of paired values, as well as counts and the pairs themselves bound it. Without buckets only
/// that of equal values is known.
std::optional<KsDistance> distance_of(const PairTally& tally, const std::optional<std::vector<Bucket>>& a,
                                      const std::optional<std::vector<Bucket>>& b);

/// A pair small enough to be measured from all of its bytes at once.
PairResult compare_small(const StatsContext& context, const ComparedPair& pair, Bytes a, Bytes b);

/// As bytes for another rank, and back.
void write_pair(WireWriter& out, const PairResult& pair);
PairResult read_pair(WireReader& in, const StatsContext& context, const ComparedPair& pair);

/// Counts of a run of whole chunks of a pair, which join those right before.
class PairStretch {
 public:
  PairStretch(const StatsContext& context, const ComparedPair& pair, std::uint64_t first_element);

  /// The next `elements` of the pair: either side of them, and the pairs chunk by chunk.
  void add(UnitStats&& a, UnitStats&& b, std::span<const PairTally> chunks, std::uint64_t elements);
  void merge(PairStretch&& next);

  bool ends_pair() const noexcept { return end_ == pair_->a.task.elements; }
  PairResult finish() &&;

  void write(WireWriter& out) const;
  void read(WireReader& in);

 private:
  void add(std::span<const PairTally> chunks);

  const ComparedPair* pair_;
  TensorStats a_, b_;
  bool is_first_;
  std::uint64_t end_;              ///< behind its last element
  PairTally tally_;                ///< where it begins with the pair
  std::vector<PairTally> chunks_;  ///< where it does not
};

}  // namespace weightsieve
