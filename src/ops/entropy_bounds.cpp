#include "ops/entropy_bounds.hpp"

#include <memory>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/codec/entropy_bound.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

class BoundJob : public Job {
 public:
  BoundJob(SourcePool& files, const std::optional<PruneLevel>& prune, std::span<const ShardTask> shards,
           ProgressMeter& progress)
      : files_(files), prune_(prune), progress_(progress) {
    for (const ShardTask& shard : shards)
      for (const Segment& segment : shard.segments)
        units_.push_back({&shard, &segment});
  }

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }

  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    bytes_ += static_cast<const Result&>(*result).bytes;
    progress_.add(units_[unit].segment->bytes);
  }

  double bytes() const noexcept { return bytes_; }

 private:
  struct Unit {
    const ShardTask* shard;
    const Segment* segment;
  };
  struct Result : UnitResult {
    double bytes = 0;
  };

  class Worker : public JobWorker {
   public:
    explicit Worker(const BoundJob& job) : job_(job), reader_(job.files_, job.prune_) {}

    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      const auto [shard, segment] = job_.units_[unit];
      MaskCounts counts;
      bound_.clear();
      bound_.add(reader_.read(shard->file, shard->first_tensor, *segment, counts), segment->layout);
      auto result = std::make_unique<Result>();
      result->bytes = bound_.bytes();
      return result;
    }

   private:
    const BoundJob& job_;
    SegmentReader reader_;
    EntropyBound bound_;
  };

  SourcePool& files_;
  const std::optional<PruneLevel>& prune_;
  ProgressMeter& progress_;
  std::vector<Unit> units_;
  double bytes_ = 0;
};

}  // namespace

double measure_entropy_bound(SourcePool& files, const std::optional<PruneLevel>& prune,
                             std::span<const ShardTask> shards, const RunControl& control) {
  std::uint64_t bytes = 0;
  for (const ShardTask& shard : shards)
    bytes += shard.content_bytes;
  ProgressMeter progress(control.progress, bytes, "measuring the entropy bound");
  BoundJob job(files, prune, shards, progress);
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ThreadExecutor(threads, 2 * std::size_t{threads}, control.cancel).run(job);
  return job.bytes();
}

}  // namespace weightsieve
