// The files that a team writes, as rank 0 has them: which bytes are spoken for, and which are written. One
// thread.
#pragma once

#include <map>
#include <vector>

#include "ops/encode_job.hpp"

namespace weightsieve {

class WrittenFiles {
 public:
  /// `write` must outlive it; its folder is this rank's.
  explicit WrittenFiles(const SharedWrite& write) : write_(write) {}

  /// Where the next segment of the shard goes, which takes so many bytes.
  std::uint64_t place(std::size_t shard, std::uint64_t bytes);

  /// A segment that was placed is written.
  void add(const SegmentUnit& unit, std::uint64_t bytes, Bytes entry);

  /// Gives the file its name when all of its segments are written.
  void finish_if_whole(std::size_t shard);

  /// Everything written so far is on the disk: the journal vouches for it.
  void note();

  /// Those that are whole, without SHA-256, in the order in which they became so.
  std::vector<ManifestFile> take() { return std::move(finished_); }

 private:
  struct OpenFile {
    PartialFile file;
    std::uint64_t placed;
    std::vector<std::byte> entries;
    std::size_t segments;
    std::size_t noted;  ///< bytes of entries that the journal has
  };

  OpenFile& open(std::size_t shard);

  const SharedWrite& write_;
  std::map<std::size_t, OpenFile> open_;
  std::vector<ManifestFile> finished_;
};

}  // namespace weightsieve
