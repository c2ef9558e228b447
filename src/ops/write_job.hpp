// Writing the files of a checkpoint: segments are read, pruned and encoded side by side, and appended in
// order. Where a file is its content and nobody wants its hash, each thread writes its segments at their
// places by itself: nothing is copied, and nothing waits for its turn.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "ops/output_folder.hpp"
#include "ops/segment_reader.hpp"
#include "weightsieve/encode/encoding.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {

/// Written bytes after which the journal vouches for them: a second or two of work, and a sync that costs
/// little beside it.
inline constexpr std::uint64_t kNoteBytes = std::uint64_t{256} << 20;

/// One file to be written.
struct ShardTask {
  std::string name;  ///< of the file that is written
  ShardIdentity identity;
  std::uint64_t content_bytes = 0;
  std::size_t file = 0;                 ///< of the checkpoint
  std::size_t first_tensor = 0;         ///< of the file, among the checkpoint's
  bool is_decoded = false;              ///< the content is decoded into memory, not mapped
  std::span<const TensorInfo> tensors;  ///< those of the file
  std::vector<Segment> segments;
  FilePart done;  ///< by an earlier run
};

/// A segment of a shard as it is to be written; what goes wrong names its tensor. Valid until the next call.
Bytes read_segment(SegmentReader& reader, const ShardTask& shard, const Segment& segment);

/// A unit of work: a segment of one of the shards, by their places.
struct SegmentUnit {
  std::size_t shard;
  std::size_t segment;
};

class WriteJob : public Job {
 public:
  /// Everything handed in must outlive the job. `shards` are those that are not finished. Without `hashes`
  /// the files that were written have no SHA-256. `cancel` (or null) is asked while one is taken, which no
  /// executor interrupts.
  WriteJob(SourcePool& files, const std::optional<PruneLevel>& prune, const ShardEncoding& encoding,
           int level, bool hashes, std::uint64_t note_bytes, std::span<const ShardTask> shards,
           OutputFolder& folder, ProgressMeter& progress, const CancelToken* cancel);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

  /// What was written, in the order of the shards.
  std::vector<ManifestFile> take_files() { return std::move(files_written_); }

 private:
  class Worker;
  struct Result;

  bool in_place(const ShardTask& shard) const;
  void write_in_place(std::size_t shard, const Segment& segment, Bytes content);
  PartialFile& file(std::size_t shard);
  void begin(std::size_t shard);
  void note_part(const ShardTask& shard, std::uint64_t segments);
  std::string digest_of_current() const;
  void finish(std::size_t shard);

  SourcePool& files_;
  std::optional<PruneLevel> prune_;
  const ShardEncoding& encoding_;
  int level_;
  bool hashes_;
  std::uint64_t note_bytes_;
  std::span<const ShardTask> shards_;
  std::vector<SegmentUnit> units_;
  OutputFolder& folder_;
  ProgressMeter& progress_;
  const CancelToken* cancel_;
  std::mutex mutex_;                         ///< of open_
  std::map<std::size_t, PartialFile> open_;  ///< the files that are being written, by shard
  PartialFile* current_ = nullptr;           ///< the one whose turn it is
  std::vector<std::byte> entries_;           ///< of its segments so far
  std::size_t noted_entries_ = 0;            ///< bytes of them that the journal has
  std::uint64_t noted_bytes_ = 0;            ///< of the file that the journal vouches for
  std::vector<ManifestFile> files_written_;
};

}  // namespace weightsieve
