// Runs one pass over runs of elements: a function for each unit of work on any thread, another that takes the
// results in order.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/prune/prune_options.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve::prune {

/// Consecutive elements of one tensor that belong to one group.
struct Piece {
  std::size_t ordinal = 0;  ///< of its tensor among the pruned ones
  const TensorInfo* tensor = nullptr;
  std::uint64_t first = 0;
  std::uint64_t elements = 0;
  std::size_t group = 0;  ///< never descends from one piece to the next
};

/// Part of a piece that a unit of work covers.
struct Run {
  std::size_t piece = 0;
  std::uint64_t first = 0;  ///< in its tensor
  std::uint64_t elements = 0;
};

/// What the passes of one plan share.
struct PassContext {
  SourcePool* files = nullptr;
  const PassControl* control = nullptr;
};

std::vector<WorkUnit> units_of(std::span<const Piece> pieces, unsigned threads);

/// The runs of a unit, in order.
std::vector<Run> runs_of(const WorkUnit& unit, std::span<const Piece> pieces);

/// Calls `visit(first_element, bytes)` for each chunk of a run.
template <class Visit>
void for_each_chunk(TensorReader& reader, const TensorInfo& tensor, std::uint64_t first,
                    std::uint64_t elements, Visit visit) {
  const std::uint64_t end = first + elements;
  while (first < end) {
    const std::uint64_t count = std::min(kChunkElements - first % kChunkElements, end - first);
    visit(first, reader.read(tensor, first, count));
    first += count;
  }
}

/// A Job whose work is `run(worker, unit)` → Result, with a worker from `make()` on each thread.
template <class Result, class Make, class Work, class Merge>
class FunctionJob final : public Job {
 public:
  FunctionJob(std::size_t units, Make make, Work work, Merge merge)
      : units_(units), make_(std::move(make)), work_(std::move(work)), merge_(std::move(merge)) {}

  std::size_t units() const override { return units_; }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    merge_(unit, std::move(static_cast<Held&>(*result).value));
  }

 private:
  struct Held : UnitResult {
    explicit Held(Result result) : value(std::move(result)) {}
    Result value;
  };
  class Worker final : public JobWorker {
   public:
    explicit Worker(FunctionJob& job) : job_(job), own_(job.make_()) {}
    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      return std::make_unique<Held>(job_.work_(own_, unit));
    }

   private:
    FunctionJob& job_;
    decltype(std::declval<Make&>()()) own_;
  };

  std::size_t units_;
  Make make_;
  Work work_;
  Merge merge_;
};

/// One pass over `pieces`. `work(worker, unit)` yields a Result on any thread; `merge(unit, result)` takes
/// them in order.
template <class Result, class Make, class Work, class Merge>
void run_pass(const PassControl& control, std::span<const Piece> pieces, std::span<const WorkUnit> units,
              Make make, Work work, Merge merge) {
  Progress progress;
  for (const Piece& piece : pieces)
    progress.total_bytes += piece.elements * dtype_info(piece.tensor->dtype).bits / 8;
  const auto merge_and_tell = [&](std::size_t unit, Result result) {
    merge(units[unit], std::move(result));
    for (const Run& run : runs_of(units[unit], pieces))
      progress.done_bytes += run.elements * dtype_info(pieces[run.piece].tensor->dtype).bits / 8;
    if (control.progress) control.progress(progress);
  };
  const auto work_on = [&](auto& worker, std::size_t unit) { return work(worker, units[unit]); };
  FunctionJob<Result, Make, decltype(work_on), decltype(merge_and_tell)> job(units.size(), make, work_on,
                                                                             merge_and_tell);
  ThreadExecutor(control.threads, std::size_t{control.threads} + 1, control.cancel).run(job);
}

}  // namespace weightsieve::prune
