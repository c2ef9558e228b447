#include "ops/zero_job.hpp"

#include <algorithm>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/executor.hpp"

namespace weightsieve {
namespace {

/// A tensor to be looked at, by its place in the profile.
struct Suspect {
  std::size_t place;
  const TensorInfo* info;
  ZeroScan scan;
};

class ZeroJob : public Job {
 public:
  ZeroJob(SourcePool& files, std::vector<Suspect>& suspects, std::vector<WorkUnit> units,
          ProgressMeter& progress)
      : files_(files), suspects_(suspects), units_(std::move(units)), progress_(progress) {}

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }

  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override {
    const auto& seen = static_cast<Result&>(*result);
    for (std::size_t i = 0; i < seen.scans.size(); ++i)
      suspects_[units_[unit].first_tensor + i].scan.merge(seen.scans[i]);
    progress_.add(seen.bytes);
  }

 private:
  struct Result : UnitResult {
    std::vector<ZeroScan> scans;
    std::uint64_t bytes = 0;
  };

  class Worker : public JobWorker {
   public:
    explicit Worker(const ZeroJob& job) : job_(job), reader_(job.files_) {}

    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      const WorkUnit& work = job_.units_[unit];
      auto result = std::make_unique<Result>();
      for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i) {
        const TensorInfo& tensor = *job_.suspects_[i].info;
        const std::uint64_t elements = work.tensors == 1 ? work.elements : tensor.elements;
        ZeroScan& scan = result->scans.emplace_back(*ZeroScan::of(tensor.dtype, tensor.shape));
        result->bytes += read_chunks(
            reader_, tensor, work.first_element, elements,
            [&scan](Bytes bytes, std::uint64_t first, std::uint64_t some) { scan.add(bytes, first, some); });
      }
      return result;
    }

   private:
    const ZeroJob& job_;
    TensorReader reader_;
  };

  SourcePool& files_;
  std::vector<Suspect>& suspects_;
  std::vector<WorkUnit> units_;
  ProgressMeter& progress_;
};

std::vector<Suspect> suspects_at(const CheckpointProfile& profile, std::span<const std::size_t> places) {
  std::vector<Suspect> suspects;
  for (const std::size_t place : places) {
    const TensorInfo& info = profile.tensors[place].info;
    if (const auto scan = ZeroScan::of(info.dtype, info.shape)) suspects.push_back({place, &info, *scan});
  }
  return suspects;
}

}  // namespace

std::optional<ZeroScan> zero_scan_of(const TensorInfo& tensor, bool is_repeat) {
  if (is_repeat || tensor.role != Role::parameter) return std::nullopt;
  return ZeroScan::of(tensor.dtype, tensor.shape);
}

bool is_worth_scanning(const ZeroScan& scan, Dtype dtype, const ValueCounts& counts) {
  return counts.zero != counts.values() && scan.is_worth(counts.zero / values_per_element(dtype));
}

std::vector<std::size_t> zero_suspects(const CheckpointProfile& profile) {
  const std::vector<bool> repeats = tied_repeats(profile.tensors, profile.tied);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < profile.tensors.size(); ++i) {
    const TensorInfo& info = profile.tensors[i].info;
    const auto& statistics = profile.tensors[i].statistics;
    if (!statistics) continue;
    const std::optional<ZeroScan> scan = zero_scan_of(info, repeats[i]);
    if (scan && is_worth_scanning(*scan, info.dtype, statistics->counts)) places.push_back(i);
  }
  return places;
}

std::vector<std::optional<ZeroPattern>> zero_patterns(SourcePool& files, const CheckpointProfile& profile,
                                                      const RunControl& control) {
  return zero_patterns(files, profile, zero_suspects(profile), control);
}

std::vector<std::optional<ZeroPattern>> zero_patterns(SourcePool& files, const CheckpointProfile& profile,
                                                      std::span<const std::size_t> places,
                                                      const RunControl& control) {
  std::vector<Suspect> suspects = suspects_at(profile, places);
  std::vector<std::optional<ZeroPattern>> patterns(profile.tensors.size());
  if (suspects.empty()) return patterns;
  std::vector<std::uint64_t> elements;
  std::uint64_t bytes = 0;
  for (const Suspect& suspect : suspects) {
    elements.push_back(suspect.info->elements);
    bytes += suspect.info->bytes;
  }
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  ProgressMeter progress(control.progress, bytes, "looking where zeros stand");
  ZeroJob job(files, suspects, plan_units(elements, kChunkElements, kSmallElements, threads), progress);
  ThreadExecutor(threads, std::size_t{threads} + 1, control.cancel).run(job);
  for (const Suspect& suspect : suspects)
    patterns[suspect.place] = suspect.scan.finish();
  return patterns;
}

}  // namespace weightsieve
