#include "ops/compare_job.hpp"

#include <algorithm>

namespace weightsieve {
void PairTotals::add(const PairTally& pair, const PairTask& task, const std::string& tensor) {
  if (pair.greatest > tally.greatest) greatest_tensor = tensor;
  tally.merge(pair);
  same_dtypes = same_dtypes && task.a == task.b;
}

/// Whole pairs, finished, or a part of a large one.
struct CompareJob::Result : UnitResult {
  std::vector<PairResult> whole;
  std::optional<PairStretch> part;
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
      result->whole.push_back(compare_whole(job_.pairs_[i]));
    return result;
  }

 private:
  static Bytes read(TensorReader& reader, const MeasuredTensor& tensor, std::uint64_t first,
                    std::uint64_t count) {
    return reader.read(tensor.profile->info, first, count);
  }

  PairResult compare_whole(const ComparedPair& pair) {
    const Bytes a = read(reader_a_, pair.a, 0, pair.a.task.elements);
    const Bytes b = read(reader_b_, pair.b, 0, pair.b.task.elements);
    return compare_small(job_.context_, pair, a, b);
  }

  /// A pair that is all in this unit is finished here, side by side with others, not by whoever merges.
  void compare_part(const WorkUnit& work, Result& result) {
    const ComparedPair& pair = job_.pairs_[work.first_tensor];
    UnitStats stats_a(job_.context_, pair.a.task);
    UnitStats stats_b(job_.context_, pair.b.task);
    std::vector<PairTally> chunks;
    const std::uint64_t end = work.first_element + work.elements;
    for (std::uint64_t first = work.first_element; first < end; first += kChunkElements) {
      const std::uint64_t count = std::min(kChunkElements, end - first);
      const Bytes a = read(reader_a_, pair.a, first, count);
      const Bytes b = read(reader_b_, pair.b, first, count);
      stats_a.add_chunk(a, first);
      stats_b.add_chunk(b, first);
      chunks.push_back(compare_chunk(pair.task, a, b, first, count));
    }
    PairStretch stretch(job_.context_, pair, work.first_element);
    stretch.add(std::move(stats_a), std::move(stats_b), chunks, work.elements);
    if (work.elements < pair.a.task.elements) {
      result.part = std::move(stretch);
    } else {
      result.whole.push_back(std::move(stretch).finish());
    }
  }

  const CompareJob& job_;
  TensorReader reader_a_, reader_b_;
};

CompareJob::CompareJob(SourcePool& files_a, SourcePool& files_b, const StatsContext& context,
                       std::span<const ComparedPair> pairs, std::vector<WorkUnit> units,
                       CompareTotals& totals)
    : files_a_(files_a),
      files_b_(files_b),
      context_(context),
      pairs_(pairs),
      units_(std::move(units)),
      totals_(totals) {}

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
  if (compared.part) take_stretch(work.first_tensor, std::move(*compared.part));
}

void CompareJob::take_stretch(std::size_t pair, PairStretch stretch) {
  if (open_) {
    open_->merge(std::move(stretch));
  } else {
    open_ = std::make_unique<PairStretch>(std::move(stretch));
  }
  if (!open_->ends_pair()) return;
  take(pairs_[pair], std::move(*open_).finish());
  open_.reset();
}

std::uint64_t CompareJob::work(std::size_t unit) const {
  const WorkUnit& work = units_[unit];
  std::uint64_t bytes = 0;
  for (const ComparedPair& pair : pairs_.subspan(work.first_tensor, work.tensors))
    bytes += work_bytes(work, pair.a.profile->info) + work_bytes(work, pair.b.profile->info);
  return bytes;
}

/// Either side is counted, and to compare the pairs takes about as long as that.
std::uint64_t CompareJob::cost(std::size_t unit) const {
  const WorkUnit& work = units_[unit];
  std::uint64_t cost = 0;
  for (const ComparedPair& pair : pairs_.subspan(work.first_tensor, work.tensors))
    for (const TensorInfo* side : {&pair.a.profile->info, &pair.b.profile->info})
      cost += 2 * work_cost(work, *side) - work_bytes(work, *side);
  return cost;
}

/// Statistics of either side, and counts by code: never more of them than values.
std::uint64_t CompareJob::result_bytes(std::size_t unit) const {
  constexpr std::uint64_t statistics = 4096;
  constexpr std::uint64_t codes = std::uint64_t{64} << 10;
  const WorkUnit& work = units_[unit];
  return statistics * work.tensors + std::min(work.elements * 8, codes * work.tensors);
}

void CompareJob::write(const UnitResult& result, WireWriter& out) const {
  const auto& compared = static_cast<const Result&>(result);
  for (const PairResult& pair : compared.whole)
    write_pair(out, pair);
  if (compared.part) compared.part->write(out);
}

std::unique_ptr<UnitResult> CompareJob::read(std::size_t unit, WireReader& in) const {
  const WorkUnit& work = units_[unit];
  auto result = std::make_unique<Result>();
  const ComparedPair& first = pairs_[work.first_tensor];
  if (work.elements < first.a.task.elements) {
    result->part.emplace(context_, first, work.first_element);
    result->part->read(in);
    return result;
  }
  for (const ComparedPair& pair : pairs_.subspan(work.first_tensor, work.tensors))
    result->whole.push_back(read_pair(in, context_, pair));
  return result;
}

bool CompareJob::join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const {
  auto& part = static_cast<Result&>(result).part;
  auto& later = static_cast<Result&>(of_next).part;
  const bool joins = part && later && units_[unit].first_tensor == units_[next].first_tensor;
  if (joins) part->merge(std::move(*later));
  return joins;
}

}  // namespace weightsieve
