#include "ops/encode_job.hpp"

namespace weightsieve {

OpenWriters::OpenWriters(std::string folder, std::span<const ShardTask> shards)
    : folder_(std::move(folder)), shards_(shards) {}

void OpenWriters::write(std::size_t shard, std::uint64_t offset_bytes, Bytes bytes) {
  writer(shard).write_at(offset_bytes, bytes);
}

void OpenWriters::sync() const {
  for (const auto& [shard, writer] : writers_)
    writer.sync();
}

void OpenWriters::close_before(std::size_t shard) {
  writers_.erase(writers_.begin(), writers_.lower_bound(shard));
}

const PartialFileWriter& OpenWriters::writer(std::size_t shard) {
  const std::scoped_lock lock(mutex_);
  const auto known = writers_.find(shard);
  if (known != writers_.end()) return known->second;
  return writers_.emplace(shard, folder_ + '/' + shards_[shard].name).first->second;
}

struct EncodeJob::Result : UnitResult {
  EncodedSegment encoded;
};

class EncodeJob::Worker : public JobWorker {
 public:
  explicit Worker(EncodeJob& job)
      : job_(job),
        reader_(job.write_.files, job.write_.prune),
        encoder_(job.write_.encoding.make_encoder(job.write_.level)) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const auto [shard_number, number] = job_.units_[unit];
    const ShardTask& shard = job_.write_.shards[shard_number];
    const Segment& segment = job_.segment(unit);
    const Bytes content = read_segment(reader_, shard, segment);
    auto result = std::make_unique<Result>();
    if (job_.write_.encoding.is_plain()) {
      job_.writers_.write(shard_number, segment.offset_bytes, content);
    } else {
      encoder_->encode(shard.identity, number, segment, content, result->encoded);
      result->encoded.bytes.shrink_to_fit();
    }
    return result;
  }

 private:
  EncodeJob& job_;
  SegmentReader reader_;
  std::unique_ptr<SegmentEncoder> encoder_;
};

EncodeJob::EncodeJob(const SharedWrite& write, std::span<const SegmentUnit> units, OpenWriters& writers,
                     ProgressMeter& progress, unsigned ranks)
    : write_(write), units_(units), writers_(writers), progress_(progress), ranks_(ranks) {}

std::unique_ptr<JobWorker> EncodeJob::make_worker() { return std::make_unique<Worker>(*this); }

void EncodeJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  held_.push_back(std::move(static_cast<Result&>(*result).encoded));
  progress_.add(segment(unit).bytes * ranks_);
}

const Segment& EncodeJob::segment(std::size_t unit) const {
  return write_.shards[units_[unit].shard].segments[units_[unit].segment];
}

}  // namespace weightsieve
