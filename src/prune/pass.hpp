// Runs one pass over runs of elements: a function for each unit of work on any thread, another that takes the
// results in order.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/crew.hpp"
#include "weightsieve/engine/share.hpp"
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

Crew crew_of(const PassControl& control) noexcept;

std::vector<WorkUnit> units_of(std::span<const Piece> pieces, const PassControl& control);

/// Bytes of the elements of a unit.
std::uint64_t bytes_of(const WorkUnit& unit, std::span<const Piece> pieces) noexcept;

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

/// Who goes on with what a pass yields: the one that tells the user, or all that do the next pass.
enum class Yield : std::uint8_t { to_first, everywhere };

/// A pass as a job. A Result can be sent: it has write(), a static read(), join(), which takes in that of the
/// units of the same group right behind or says that it cannot, and kMostBytes, about what write() makes of
/// one at most.
template <class Result, class Make, class Work, class Merge>
class PassJob final : public SharedJob {
 public:
  PassJob(std::span<const Piece> pieces, std::span<const WorkUnit> units, Yield yield, Make make, Work work,
          Merge merge)
      : pieces_(pieces),
        units_(units),
        yield_(yield),
        make_(std::move(make)),
        work_(std::move(work)),
        merge_(std::move(merge)) {}

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    merge_(units_[unit], std::move(static_cast<Held&>(*result).value));
  }

  std::uint64_t work(std::size_t unit) const override { return bytes_of(units_[unit], pieces_); }
  std::uint64_t cost(std::size_t unit) const override {
    return counting_cost(work(unit), units_[unit].elements);
  }
  std::uint64_t result_bytes(std::size_t) const override { return Result::kMostBytes; }
  void write(const UnitResult& result, WireWriter& out) const override {
    static_cast<const Held&>(result).value.write(out);
  }
  std::unique_ptr<UnitResult> read(std::size_t, WireReader& in) const override {
    return std::make_unique<Held>(Result::read(in));
  }
  bool join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const override {
    return group_of(unit) == group_of(next) &&
           static_cast<Held&>(result).value.join(static_cast<Held&>(of_next).value);
  }
  bool is_merged_everywhere() const override { return yield_ == Yield::everywhere; }

 private:
  struct Held : UnitResult {
    explicit Held(Result result) : value(std::move(result)) {}
    Result value;
  };
  class Worker final : public JobWorker {
   public:
    explicit Worker(PassJob& job) : job_(job), own_(job.make_()) {}
    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      return std::make_unique<Held>(job_.work_(own_, job_.units_[unit]));
    }

   private:
    PassJob& job_;
    decltype(std::declval<Make&>()()) own_;
  };

  std::size_t group_of(std::size_t unit) const { return pieces_[units_[unit].first_tensor].group; }

  std::span<const Piece> pieces_;
  std::span<const WorkUnit> units_;
  Yield yield_;
  Make make_;
  Work work_;
  Merge merge_;
};

/// One pass over `pieces`. `work(worker, unit)` yields a Result on any thread, with a worker from `make()` on
/// each; `merge(unit, result)` takes them in order, several that were joined by the first of their units.
template <class Result, class Make, class Work, class Merge>
void run_pass(const PassControl& control, std::span<const Piece> pieces, std::span<const WorkUnit> units,
              Yield yield, Make make, Work work, Merge merge) {
  std::uint64_t bytes = 0;
  for (const WorkUnit& unit : units)
    bytes += bytes_of(unit, pieces);
  ProgressMeter progress(control.progress, bytes);
  PassJob<Result, Make, Work, Merge> job(pieces, units, yield, make, work, merge);
  run_job(job, crew_of(control), std::size_t{control.threads} + 1, progress);
}

}  // namespace weightsieve::prune
