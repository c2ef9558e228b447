#include "ops/encoded_sizes.hpp"

#include <fmt/format.h>

#include <array>

#include "ops/crew_of.hpp"
#include "ops/write_checkpoint.hpp"

namespace weightsieve {
namespace {

constexpr std::array kEncodings{Encoding::dense, Encoding::zst, Encoding::packed};

/// Encodes every `stride`-th segment of all files at one level in one encoding.
class SizeJob : public SharedJob {
 public:
  SizeJob(SourcePool& files, PruneLevel prune, const ShardEncoding& encoding, int zstd_level,
          std::span<const ShardTask> shards, std::size_t stride)
      : files_(files), prune_(prune), encoding_(encoding), zstd_level_(zstd_level) {
    std::size_t number = 0;
    for (const ShardTask& shard : shards)
      for (std::size_t i = 0; i < shard.segments.size(); ++i, ++number)
        if (number % stride == 0) units_.push_back({&shard, i});
  }

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override { return std::make_unique<Worker>(*this); }

  void merge(std::size_t, std::unique_ptr<UnitResult> result) override {
    const auto& sized = static_cast<const Result&>(*result);
    content_bytes_ += sized.content_bytes;
    encoded_bytes_ += sized.encoded_bytes;
  }

  std::uint64_t work(std::size_t unit) const override {
    return units_[unit].shard->segments[units_[unit].segment].bytes;
  }
  std::uint64_t result_bytes(std::size_t) const override { return 16; }
  void write(const UnitResult& result, WireWriter& out) const override {
    const auto& sized = static_cast<const Result&>(result);
    out.count(sized.content_bytes);
    out.count(sized.encoded_bytes);
  }
  std::unique_ptr<UnitResult> read(std::size_t, WireReader& in) const override {
    auto sized = std::make_unique<Result>();
    sized->content_bytes = in.count();
    sized->encoded_bytes = in.count();
    return sized;
  }

  std::uint64_t content_bytes() const noexcept { return content_bytes_; }
  std::uint64_t encoded_bytes() const noexcept { return encoded_bytes_; }

 private:
  struct Unit {
    const ShardTask* shard;
    std::size_t segment;
  };
  struct Result : UnitResult {
    std::uint64_t content_bytes = 0;
    std::uint64_t encoded_bytes = 0;
  };

  class Worker : public JobWorker {
   public:
    explicit Worker(const SizeJob& job)
        : job_(job), reader_(job.files_, job.prune_), encoder_(job.encoding_.make_encoder(job.zstd_level_)) {}

    std::unique_ptr<UnitResult> run(std::size_t unit) override {
      const auto [shard, number] = job_.units_[unit];
      const Segment& segment = shard->segments[number];
      MaskCounts counts;
      const Bytes content = reader_.read(shard->file, shard->first_tensor, segment, counts);
      encoder_->encode(shard->identity, number, segment, content, encoded_);
      auto result = std::make_unique<Result>();
      result->content_bytes = content.size();
      result->encoded_bytes = encoded_.bytes.size();
      return result;
    }

   private:
    const SizeJob& job_;
    SegmentReader reader_;
    std::unique_ptr<SegmentEncoder> encoder_;
    EncodedSegment encoded_;
  };

  SourcePool& files_;
  PruneLevel prune_;
  const ShardEncoding& encoding_;
  int zstd_level_;
  std::vector<Unit> units_;
  std::uint64_t content_bytes_ = 0;
  std::uint64_t encoded_bytes_ = 0;
};

std::uint64_t content_bytes(const Checkpoint& checkpoint) {
  std::uint64_t bytes = 0;
  for (const CheckpointFile& file : checkpoint.files)
    bytes += file.content_bytes;
  return bytes;
}

/// `part` of `sampled` as so much of `whole`.
std::uint64_t scaled(std::uint64_t part, std::uint64_t sampled, std::uint64_t whole) {
  if (sampled == whole || sampled == 0) return part;
  return static_cast<std::uint64_t>(static_cast<double>(part) / static_cast<double>(sampled) *
                                    static_cast<double>(whole));
}

}  // namespace

void measure_sizes(PruneTable& table, const PrunePlan& plan, SourcePool& files, const SizeRequest& request,
                   const RunControl& control) {
  const std::uint64_t whole = content_bytes(plan.checkpoint());
  const auto stride = static_cast<std::size_t>(std::max<std::uint64_t>(1, whole / request.sized_bytes));
  const Crew crew = crew_of(control);
  for (const Encoding encoding : kEncodings) {
    if (request.encoding.value_or(encoding) != encoding) continue;
    const ShardEncoding& method = shard_encoding(encoding);
    const std::vector<ShardTask> shards = plan_shards(plan.checkpoint(), method, {});
    std::uint64_t overhead = 0;
    for (const ShardTask& shard : shards)
      overhead += method.overhead_bytes(shard.identity, shard.segments.size());
    const std::string pass = fmt::format("measuring {}", to_string(encoding));
    ProgressMeter progress(control.progress, whole / stride * table.levels.size(), pass);
    for (std::size_t level = 0; level < table.levels.size(); ++level) {
      EncodedSize size{std::string(to_string(encoding)), whole, true};
      if (encoding != Encoding::dense) {
        SizeJob job(files, {&plan, level}, method, request.zstd_level, shards, stride);
        run_job(job, crew, 2 * std::size_t{crew.threads}, progress);
        size.bytes = overhead + scaled(job.encoded_bytes(), job.content_bytes(), whole);
        size.exact = job.content_bytes() == whole;
      }
      table.levels[level].sizes.push_back(std::move(size));
    }
  }
}

}  // namespace weightsieve
