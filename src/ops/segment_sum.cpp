#include "ops/segment_sum.hpp"

#include <memory>
#include <vector>

#include "ops/crew_of.hpp"

namespace weightsieve {
namespace {

class SumJob : public SharedJob {
 public:
  SumJob(SourcePool& files, const std::optional<PruneLevel>& prune, std::span<const ShardTask> shards,
         const std::function<SegmentFigure()>& make_figure)
      : files_(files), prune_(prune), make_figure_(make_figure) {
    for (const ShardTask& shard : shards)
      for (const Segment& segment : shard.segments)
        units_.push_back({&shard, &segment});
  }

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }

  void merge(std::size_t, std::unique_ptr<UnitResult> result) override {
    sum_ += static_cast<const Result&>(*result).figure;
  }

  std::uint64_t work(std::size_t unit) const override { return units_[unit].segment->bytes; }
  std::uint64_t result_bytes(std::size_t) const override { return sizeof(double); }
  void write(const UnitResult& result, WireWriter& out) const override {
    out.put(static_cast<const Result&>(result).figure);
  }
  std::unique_ptr<UnitResult> read(std::size_t, WireReader& in) const override {
    auto result = std::make_unique<Result>();
    result->figure = in.get<double>();
    return result;
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
  SumJob job(files, prune, shards, make_figure);
  const Crew crew = crew_of(control);
  run_job(job, crew, 2 * std::size_t{crew.threads}, progress);
  return job.sum();
}

}  // namespace weightsieve
