#include "ops/segment_sum.hpp"

#include <memory>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

class SumJob : public Job {
 public:
  SumJob(SourcePool& files, const std::optional<PruneLevel>& prune, std::span<const ShardTask> shards,
         const std::function<SegmentFigure()>& make_figure, ProgressMeter& progress)
      : files_(files), prune_(prune), make_figure_(make_figure), progress_(progress) {
    for (const ShardTask& shard : shards)
      for (const Segment& segment : shard.segments)
        units_.push_back({&shard, &segment});
  }

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }

  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    sum_ += static_cast<const Result&>(*result).figure;
    progress_.add(units_[unit].segment->bytes);
  }

  double sum() const noexcept { return sum_; }

 private:
  struct Unit {
    const ShardTask* shard;
    const Segment* segment;
  };
  struct Result : UnitResult {
    double figure = 0;
  };

  class Worker : public JobWorker {
   public:
    explicit Worker(const SumJob& job)
        : job_(job), reader_(job.files_, job.prune_), figure_(job.make_figure_()) {}

    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      const auto [shard, segment] = job_.units_[unit];
      MaskCounts counts;
      auto result = std::make_unique<Result>();
      result->figure = figure_(reader_.read(shard->file, shard->first_tensor, *segment, counts), *segment);
      return result;
    }

   private:
    const SumJob& job_;
    SegmentReader reader_;
    SegmentFigure figure_;
  };

  SourcePool& files_;
  const std::optional<PruneLevel>& prune_;
  const std::function<SegmentFigure()>& make_figure_;
  ProgressMeter& progress_;
  std::vector<Unit> units_;
  double sum_ = 0;
};

}  // namespace

double sum_over_segments(SourcePool& files, const std::optional<PruneLevel>& prune,
                         std::span<const ShardTask> shards, std::string_view pass,
                         const std::function<SegmentFigure()>& make_figure, const RunControl& control) {
  std::uint64_t bytes = 0;
  for (const ShardTask& shard : shards)
    bytes += shard.content_bytes;
  ProgressMeter progress(control.progress, bytes, pass);
  SumJob job(files, prune, shards, make_figure, progress);
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ThreadExecutor(threads, 2 * std::size_t{threads}, control.cancel).run(job);
  return job.sum();
}

}  // namespace weightsieve
