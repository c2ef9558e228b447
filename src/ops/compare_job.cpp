#include "ops/compare_job.hpp"

#include <algorithm>

namespace weightsieve {
namespace {

/// The finite values of a measured tensor as its counts tell them; nothing where it was only sampled.
std::optional<std::vector<Bucket>> counted_values(Dtype dtype, const TensorResult& result) {
  if (code_space(dtype) == 0) return std::nullopt;
  return buckets_of_codes(dtype, result.codes, result.statistics.counts);
}

std::vector<Bucket> small_values(const TensorTask& task, Bytes bytes, const TensorResult& result) {
  if (is_coded(task.dtype)) return *counted_values(task.dtype, result);
  return distinct_values(task.dtype, bytes, task.elements);
}

bool all_equal(const PairTally& tally) { return tally.equal == tally.values; }

}  // namespace

std::optional<KsDistance> distance_of(const PairTally& tally, const std::optional<std::vector<Bucket>>& a,
                                      const std::optional<std::vector<Bucket>>& b) {
  if (all_equal(tally)) return tally.finite == 0 ? std::nullopt : std::optional(KsDistance{});
  if (!a || !b) return std::nullopt;
  const auto distance = ks_distance(*a, *b);
  const bool only_finite_changed = tally.values - tally.finite == tally.equal - tally.equal_finite;
  if (!distance || !only_finite_changed) return distance;
  return limited(*distance, tally.finite - tally.equal_finite, tally.finite);
}

void PairTotals::add(const PairTally& pair, const PairTask& task, const std::string& tensor) {
  if (pair.greatest > tally.greatest) greatest_tensor = tensor;
  tally.merge(pair);
  same_dtypes = same_dtypes && task.a == task.b;
}

/// A pair that is measured to its end.
struct CompareJob::PairResult {
  TensorResult a, b;
  PairTally tally;
  std::optional<KsDistance> ks;
};

/// Counts of one run of whole chunks of a pair.
struct CompareJob::Part {
  Part(const StatsContext& context, const ComparedPair& pair)
      : a(context, pair.a.task), b(context, pair.b.task) {}

  UnitStats a, b;
  std::vector<PairTally> chunks;
};

/// Joins a pair's parts in order.
class CompareJob::OpenPair {
 public:
  OpenPair(const StatsContext& context, const ComparedPair& pair)
      : pair_(pair), a_(context, pair.a.task), b_(context, pair.b.task) {}

  void merge(Part&& part) {
    a_.merge(std::move(part.a));
    b_.merge(std::move(part.b));
    for (const PairTally& chunk : part.chunks)
      tally_.merge(chunk);
  }

  PairResult finish() && {
    PairResult result{std::move(a_).finish(), std::move(b_).finish(), tally_, {}};
    result.ks =
        distance_of(tally_, counted_values(pair_.task.a, result.a), counted_values(pair_.task.b, result.b));
    return result;
  }

 private:
  const ComparedPair& pair_;
  TensorStats a_, b_;
  PairTally tally_;
};

/// Whole pairs, finished, or a part of a large one.
struct CompareJob::Result : UnitResult {
  std::vector<PairResult> whole;
  std::optional<Part> part;
  std::uint64_t bytes = 0;
};

class CompareJob::Worker : public JobWorker {
 public:
  explicit Worker(const CompareJob& job) : job_(job), reader_a_(job.files_a_), reader_b_(job.files_b_) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const WorkUnit& work = job_.units_[unit];
    auto result = std::make_unique<Result>();
    if (!job_.pairs_[work.first_tensor].a.task.small()) {
      compare_part(work, *result);
      return result;
    }
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i)
      result->whole.push_back(compare_small(job_.pairs_[i], *result));
    return result;
  }

 private:
  static Bytes read(TensorReader& reader, const MeasuredTensor& tensor, std::uint64_t first,
                    std::uint64_t count, Result& result) {
    const Bytes bytes = reader.read(tensor.profile->info, first, count);
    result.bytes += bytes.size();
    return bytes;
  }

  PairResult compare_small(const ComparedPair& pair, Result& unit) {
    const TensorTask& task_a = pair.a.task;
    const TensorTask& task_b = pair.b.task;
    const Bytes a = read(reader_a_, pair.a, 0, task_a.elements, unit);
    const Bytes b = read(reader_b_, pair.b, 0, task_b.elements, unit);
    PairResult result{measure_small(job_.context_, task_a, a),
                      measure_small(job_.context_, task_b, b),
                      compare_chunk(pair.task, a, b, 0, task_a.elements),
                      {}};
    if (all_equal(result.tally)) {
      result.ks = distance_of(result.tally, {}, {});
    } else {
      result.ks =
          distance_of(result.tally, small_values(task_a, a, result.a), small_values(task_b, b, result.b));
    }
    return result;
  }

  /// A pair that is all in this unit is finished here, side by side with others, not by whoever merges.
  void compare_part(const WorkUnit& work, Result& result) {
    const ComparedPair& pair = job_.pairs_[work.first_tensor];
    Part part(job_.context_, pair);
    const std::uint64_t end = work.first_element + work.elements;
    for (std::uint64_t first = work.first_element; first < end; first += kChunkElements) {
      const std::uint64_t count = std::min(kChunkElements, end - first);
      const Bytes a = read(reader_a_, pair.a, first, count, result);
      const Bytes b = read(reader_b_, pair.b, first, count, result);
      part.a.add_chunk(a, first);
      part.b.add_chunk(b, first);
      part.chunks.push_back(compare_chunk(pair.task, a, b, first, count));
    }
    if (work.elements < pair.a.task.elements) {
      result.part = std::move(part);
      return;
    }
    OpenPair whole(job_.context_, pair);
    whole.merge(std::move(part));
    result.whole.push_back(std::move(whole).finish());
  }

  const CompareJob& job_;
  TensorReader reader_a_, reader_b_;
};

CompareJob::CompareJob(SourcePool& files_a, SourcePool& files_b, const StatsContext& context,
                       std::span<const ComparedPair> pairs, std::vector<WorkUnit> units,
                       CompareTotals& totals, ProgressMeter& progress)
    : files_a_(files_a),
      files_b_(files_b),
      context_(context),
      pairs_(pairs),
      units_(std::move(units)),
      totals_(totals),
      progress_(progress) {}

CompareJob::~CompareJob() = default;

std::unique_ptr<JobWorker> CompareJob::make_worker() { return std::make_unique<Worker>(*this); }

void CompareJob::take(const ComparedPair& pair, PairResult result) {
  const std::string& name = pair.a.profile->info.name;
  if (pair.a.task.total_first) {
    totals_.a.add(pair.a.task, name, result.a);
    totals_.b.add(pair.b.task, name, result.b);
    totals_.parameters.add(result.tally, pair.task, name);
  } else if (pair.a.profile->info.role == Role::buffer) {
    totals_.buffers.add(result.tally, pair.task, name);
  }
  pair.pair->values = value_diff(result.tally, pair.task.a == pair.task.b);
  pair.pair->ks = result.ks;
  pair.a.profile->statistics = std::make_unique<Statistics>(std::move(result.a.statistics));
  pair.b.profile->statistics = std::make_unique<Statistics>(std::move(result.b.statistics));
}

void CompareJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  auto& compared = static_cast<Result&>(*result);
  const WorkUnit& work = units_[unit];
  for (std::size_t i = 0; i < compared.whole.size(); ++i)
    take(pairs_[work.first_tensor + i], std::move(compared.whole[i]));
  if (compared.part) {
    const ComparedPair& pair = pairs_[work.first_tensor];
    if (!open_) open_ = std::make_unique<OpenPair>(context_, pair);
    open_->merge(std::move(*compared.part));
    if (work.ends_tensor) {
      take(pair, std::move(*open_).finish());
      open_.reset();
    }
  }
  progress_.add(compared.bytes);
}

}  // namespace weightsieve
