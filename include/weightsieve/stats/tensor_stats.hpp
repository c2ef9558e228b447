// Measuring one tensor: units of whole chunks are counted side by side (UnitStats), joined in order
// (TensorStats) and finished into a TensorResult. Tensors of at most 65,536 values, and of F32 those of one
// chunk, are measured at once and exactly.
//
// UnitStats and measure_at_once() are used by one thread at a time; TensorStats by the one that merges.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/buckets.hpp"
#include "weightsieve/stats/exact_search.hpp"
#include "weightsieve/stats/moments.hpp"
#include "weightsieve/stats/options.hpp"
#include "weightsieve/stats/quantiles.hpp"
#include "weightsieve/stats/sample.hpp"
#include "weightsieve/stats/statistics.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// Elements of a chunk: the grain of all work, and part of the definition of every floating-point result.
inline constexpr std::uint64_t kChunkElements = std::uint64_t{1} << 20;

/// Tensors of at most so many elements are sorted, not counted, and always exact.
inline constexpr std::uint64_t kSmallElements = 65'536;

/// What is the same for all tensors of a run.
struct StatsContext {
  StatsOptions options;
  std::optional<SamplePlan>
      total_sample;  ///< over the values of all parameters; none where nobody will ask it
};

/// What is fixed about one tensor before it is read.
struct TensorTask {
  Dtype dtype = Dtype::F32;
  std::uint64_t elements = 0;
  std::uint64_t stream = 0;                  ///< sample_stream of its name
  std::optional<std::uint64_t> total_first;  ///< its first value's index among all parameters' values

  std::uint64_t values() const noexcept { return elements * values_per_element(dtype); }
  bool small() const noexcept { return elements <= kSmallElements; }
  /// F32 is also exact at once as long as it is one chunk: what one look leaves open is looked up again while
  /// the chunk is in the cache, for about what drawing a sample costs.
  bool at_once() const noexcept { return small() || (dtype == Dtype::F32 && elements <= kChunkElements); }
};

/// The sample plan of a tensor, where its statistics need one: wide dtypes, unless everything is to be exact.
std::optional<SamplePlan> tensor_sample(const StatsContext& context, const TensorTask& task) noexcept;

/// Counts by value, extremes and interval counts: what joins by addition and comparison.
struct Tally {
  ValueCounts counts;
  std::optional<Extreme> min;
  std::optional<Extreme> max;
  std::vector<IntervalCount> intervals;

  explicit Tally(const StatsOptions& options);
  /// Joins a tally of later values.
  void merge(const Tally& later);
};

/// Counts of one run of whole chunks of a tensor.
class UnitStats {
 public:
  UnitStats(const StatsContext& context, const TensorTask& task);

  /// Adds the next chunk: elements from `first_element` on (a multiple of kChunkElements; the last may be
  /// short).
  void add_chunk(Bytes chunk, std::uint64_t first_element);
  /// Adds any number of elements of a coded dtype, whose counts know no chunks.
  void add_coded(Bytes bytes, std::uint64_t first_element, std::uint64_t elements);

 private:
  friend class TensorStats;

  void add_wide(Bytes chunk, std::uint64_t first_element, std::uint64_t elements);
  void note_coded_extremes(Bytes chunk, std::uint64_t first_element, std::uint64_t elements);

  const StatsContext* context_;
  TensorTask task_;
  std::optional<SamplePlan> sample_plan_;
  Tally tally_;
  std::vector<std::uint32_t> table_;  ///< by code, or by upper 16 bits
  std::vector<Moments> moments_;      ///< of each chunk, in order; wide dtypes only
  std::vector<double> sample_;
  std::vector<double> total_sample_;
};

/// A measured tensor, and what the totals need of it beyond its statistics.
struct TensorResult {
  Statistics statistics;
  Moments moments;
  std::vector<CodeCount> codes;         ///< ascending; empty where nothing was counted by code
  std::vector<WeightedValue> integers;  ///< distinct values of a small tensor of wide integers
  std::vector<double> total_sample;
  std::unique_ptr<ExactSearch> search;  ///< further passes that `exact` still needs
};

/// Joins a tensor's units in order, from its first one on or from one in its midst: what several processes
/// count of a tensor joins to what one counts, bit for bit. Memory: 512 KiB of counters and the sample; in
/// the midst of a tensor 104 bytes a chunk.
class TensorStats {
 public:
  TensorStats(const StatsContext& context, const TensorTask& task, std::uint64_t first_element = 0);

  void merge(UnitStats&& next);
  /// Joins what was counted of the elements right behind.
  void merge(TensorStats&& next);
  /// Requires all of the tensor.
  TensorResult finish() &&;

  /// Everything counted so far, for read_behind() in another process.
  void write(WireWriter& out) const;
  /// Joins what write() wrote of the elements right behind. Throws Error{malformed} for bytes that no stretch
  /// of this tensor leads to.
  void read_behind(WireReader& in);
  /// Throws Error{malformed} where what was read cannot be all of this tensor. Before finish(), if anything
  /// was read.
  void require_whole() const;

 private:
  void merge_moments(const Moments& next);

  const StatsContext* context_;
  TensorTask task_;
  bool is_first_;  ///< whether it begins at the tensor's first element
  Tally tally_;
  std::vector<std::uint64_t> table_;
  Moments moments_;
  std::vector<Moments> chunks_;  ///< in order, where what comes before them is not known
  std::vector<double> sample_;
  std::vector<double> total_sample_;
};

/// The search that `exact` begins for a large tensor of a wide dtype with these statistics and codes.
std::unique_ptr<ExactSearch> search_in(const StatsContext& context, const TensorTask& task,
                                       const Statistics& statistics, std::span<const CodeCount> codes);

/// Measures a whole tensor of at most kSmallElements elements, exactly. O(n log n).
TensorResult measure_small(const StatsContext& context, const TensorTask& task, Bytes bytes);

/// Measures a whole tensor, exactly. Requires task.at_once(). O(n), but for small ones.
TensorResult measure_at_once(const StatsContext& context, const TensorTask& task, Bytes bytes);

/// Every finite value of a tensor of at most kSmallElements elements, ascending, a bucket each. O(n log n).
std::vector<Bucket> distinct_values(Dtype dtype, Bytes bytes, std::uint64_t elements);

/// What RankSearch may take for granted about values of a wide dtype.
unsigned key_granularity(Dtype dtype) noexcept;

/// Value `index` of `bytes` (values, not elements: a C64 holds two). O(1).
double value_at(Dtype dtype, Bytes bytes, std::uint64_t index) noexcept;

}  // namespace weightsieve
