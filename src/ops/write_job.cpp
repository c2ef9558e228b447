#include "ops/write_job.hpp"

#include "ops/file_digests.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {

Bytes read_segment(SegmentReader& reader, const ShardTask& shard, const Segment& segment) {
  try {
    MaskCounts counts;
    return reader.read(shard.file, shard.first_tensor, segment, counts);
  } catch (const Error& error) {
    if (segment.tensors == 0) throw;
    throw about_tensor(error, shard.tensors[segment.first_tensor].name);
  }
}

struct WriteJob::Result : UnitResult {
  EncodedSegment encoded;
  std::uint64_t content_bytes = 0;
};

class WriteJob::Worker : public JobWorker {
 public:
  explicit Worker(WriteJob& job)
      : job_(job), reader_(job.files_, job.prune_), encoder_(job.encoding_.make_encoder(job.level_)) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const auto [shard_number, segment_number] = job_.units_[unit];
    const ShardTask& shard = job_.shards_[shard_number];
    auto result = std::make_unique<Result>();
    if (segment_number == shard.segments.size()) return result;  // the file's end
    const Segment& segment = shard.segments[segment_number];
    const Bytes content = read_segment(reader_, shard, segment);
    result->content_bytes = content.size();
    if (job_.in_place(shard)) {
      job_.write_in_place(shard_number, segment, content);
    } else {
      encoder_->encode(shard.identity, segment_number, segment, content, result->encoded);
    }
    return result;
  }

 private:
  WriteJob& job_;
  SegmentReader reader_;
  std::unique_ptr<SegmentEncoder> encoder_;
};

WriteJob::WriteJob(SourcePool& files, const std::optional<PruneLevel>& prune, const ShardEncoding& encoding,
                   int level, bool hashes, std::uint64_t note_bytes, std::span<const ShardTask> shards,
                   OutputFolder& folder, ProgressMeter& progress, const CancelToken* cancel)
    : files_(files),
      prune_(prune),
      encoding_(encoding),
      level_(level),
      hashes_(hashes),
      note_bytes_(note_bytes),
      shards_(shards),
      folder_(folder),
      progress_(progress),
      cancel_(cancel) {
  for (std::size_t shard = 0; shard < shards.size(); ++shard)
    for (std::size_t i = shards[shard].done.segments; i <= shards[shard].segments.size(); ++i)
      units_.push_back({shard, i});
}

std::unique_ptr<JobWorker> WriteJob::make_worker() { return std::make_unique<Worker>(*this); }

bool WriteJob::in_place(const ShardTask& shard) const {
  return encoding_.is_plain() && !hashes_ && shard.is_decoded;
}

void WriteJob::write_in_place(std::size_t shard, const Segment& segment, Bytes content) {
  file(shard).write_ahead(segment.offset_bytes, content);
}

PartialFile& WriteJob::file(std::size_t shard) {
  const std::scoped_lock lock(mutex_);
  const auto known = open_.find(shard);
  if (known != open_.end()) return known->second;
  const ShardTask& task = shards_[shard];
  return open_.emplace(shard, folder_.open(task.name, task.done)).first->second;
}

void WriteJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  const auto& done = static_cast<Result&>(*result);
  const auto [shard_number, segment_number] = units_[unit];
  const ShardTask& shard = shards_[shard_number];
  if (current_ == nullptr) begin(shard_number);
  if (segment_number == shard.segments.size()) return finish(shard_number);
  if (in_place(shard)) {
    current_->grow(done.content_bytes);
  } else {
    current_->append(done.encoded.bytes);
  }
  entries_.insert(entries_.end(), done.encoded.entry.begin(), done.encoded.entry.end());
  if (current_->size() - noted_bytes_ >= note_bytes_) note_part(shard, segment_number + 1);
  progress_.add(done.content_bytes);
}

void WriteJob::begin(std::size_t shard) {
  const FilePart& done = shards_[shard].done;
  current_ = &file(shard);
  if (done.bytes == 0) encoding_.begin(*current_);
  entries_ = done.entries;
  noted_entries_ = entries_.size();
  noted_bytes_ = done.bytes;
}

void WriteJob::note_part(const ShardTask& shard, std::uint64_t segments) {
  current_->sync();
  folder_.note_part(shard.name, segments, current_->size(), Bytes(entries_).subspan(noted_entries_));
  noted_entries_ = entries_.size();
  noted_bytes_ = current_->size();
}

/// A minute for a file of 100 GB: it ends soon after it is asked to.
std::string WriteJob::digest_of_current() const {
  return sha256_stepwise(*open_source(current_->path(), IoMode::automatic),
                         [this](std::uint64_t) { stop_if_cancelled(cancel_); });
}

void WriteJob::finish(std::size_t shard_number) {
  const ShardTask& shard = shards_[shard_number];
  encoding_.finish(*current_, shard.identity, entries_);
  ManifestFile file{shard.name, current_->size(), {}, shard.identity.name, shard.content_bytes};
  if (hashes_) file.sha256 = digest_of_current();
  current_->publish();
  folder_.note_finished(file);
  files_written_.push_back(std::move(file));
  current_ = nullptr;
  const std::scoped_lock lock(mutex_);
  open_.erase(shard_number);
}

}  // namespace weightsieve
