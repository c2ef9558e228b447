// A rank's share of writing a checkpoint: its segments of a round are read, pruned and encoded, and what is
// not held until its place is known goes straight into the files.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ops/write_together.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/io/partial_file.hpp"

namespace weightsieve {

/// The files that this rank writes into, opened when the first segment comes. write() from any thread, the
/// others while nobody writes.
class OpenWriters {
 public:
  OpenWriters(std::string folder, std::span<const ShardTask> shards);

  void write(std::size_t shard, std::uint64_t offset_bytes, Bytes bytes);
  void sync() const;
  /// Those of shards before `shard` are whole.
  void close_before(std::size_t shard);

 private:
  const PartialFileWriter& writer(std::size_t shard);

  std::string folder_;
  std::span<const ShardTask> shards_;
  std::mutex mutex_;
  std::map<std::size_t, PartialFileWriter> writers_;
};

/// A rank's segments of a round: encoded and held, or, of files that are their content, written.
class EncodeJob : public Job {
 public:
  /// Everything handed in must outlive the job. `ranks` do as much at the same time, which shows as progress.
  EncodeJob(const SharedWrite& write, std::span<const SegmentUnit> units, OpenWriters& writers,
            ProgressMeter& progress, unsigned ranks);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

  /// What is held, in the order of the units.
  std::vector<EncodedSegment> take() { return std::move(held_); }

 private:
  struct Result;
  class Worker;

  const Segment& segment(std::size_t unit) const;

  const SharedWrite& write_;
  std::span<const SegmentUnit> units_;
  OpenWriters& writers_;
  ProgressMeter& progress_;
  unsigned ranks_;
  std::vector<EncodedSegment> held_;
};

}  // namespace weightsieve
