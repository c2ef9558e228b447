#include "ops/write_job.hpp"

#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

/// Written bytes after which the journal vouches for them: a second or two of work, and a sync that costs
/// little beside it.
constexpr std::uint64_t kNoteBytes = std::uint64_t{256} << 20;

}  // namespace

struct WriteJob::Result : UnitResult {
  EncodedSegment encoded;
  std::uint64_t content_bytes = 0;
};

class WriteJob::Worker : public JobWorker {
 public:
  explicit Worker(const WriteJob& job)
      : job_(job), reader_(job.files_, job.prune_), encoder_(job.encoding_.make_encoder(job.level_)) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const auto [shard_number, segment_number] = job_.units_[unit];
    const ShardTask& shard = job_.shards_[shard_number];
    auto result = std::make_unique<Result>();
    if (segment_number == shard.segments.size()) return result;  // the file's end
    const Segment& segment = shard.segments[segment_number];
    MaskCounts counts;
    const Bytes content = reader_.read(shard.file, shard.first_tensor, segment, counts);
    encoder_->encode(shard.identity, segment_number, segment, content, result->encoded);
    result->content_bytes = content.size();
    return result;
  }

 private:
  const WriteJob& job_;
  SegmentReader reader_;
  std::unique_ptr<SegmentEncoder> encoder_;
};

WriteJob::WriteJob(SourcePool& files, const std::optional<PruneLevel>& prune, const ShardEncoding& encoding,
                   int level, std::span<const ShardTask> shards, OutputFolder& folder,
                   ProgressMeter& progress)
    : files_(files),
      prune_(prune),
      encoding_(encoding),
      level_(level),
      shards_(shards),
      folder_(folder),
      progress_(progress) {
  for (std::size_t shard = 0; shard < shards.size(); ++shard)
    for (std::size_t i = shards[shard].done.segments; i <= shards[shard].segments.size(); ++i)
      units_.push_back({shard, i});
}

std::unique_ptr<JobWorker> WriteJob::make_worker() { return std::make_unique<Worker>(*this); }

void WriteJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  const auto& done = static_cast<Result&>(*result);
  const auto [shard_number, segment_number] = units_[unit];
  const ShardTask& shard = shards_[shard_number];
  if (!open_) open(shard);
  if (segment_number == shard.segments.size()) return finish(shard);
  open_->append(done.encoded.bytes);
  entries_.insert(entries_.end(), done.encoded.entry.begin(), done.encoded.entry.end());
  if (open_->size() - noted_bytes_ >= kNoteBytes) note_part(shard, segment_number + 1);
  progress_.add(done.content_bytes);
}

void WriteJob::open(const ShardTask& shard) {
  open_.emplace(folder_.open(shard.name, shard.done));
  if (shard.done.bytes == 0) encoding_.begin(*open_);
  entries_ = shard.done.entries;
  noted_entries_ = entries_.size();
  noted_bytes_ = shard.done.bytes;
}

void WriteJob::note_part(const ShardTask& shard, std::uint64_t segments) {
  open_->sync();
  folder_.note_part(shard.name, segments, open_->size(), Bytes(entries_).subspan(noted_entries_));
  noted_entries_ = entries_.size();
  noted_bytes_ = open_->size();
}

void WriteJob::finish(const ShardTask& shard) {
  encoding_.finish(*open_, shard.identity, entries_);
  ManifestFile file{shard.name, open_->size(), sha256_of(*open_source(open_->path(), IoMode::automatic)),
                    shard.identity.name, shard.content_bytes};
  open_->publish();
  folder_.note_finished(file);
  files_written_.push_back(std::move(file));
  open_.reset();
}

}  // namespace weightsieve
