// What findings ask of a tensor's bytes beyond its statistics: whether another holds the same, and where its
// zeros stand. Taken while the bytes are read, by who cannot read them again when all statistics are known:
// the parts of a profile. Plain values; one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/zero_pattern.hpp"

namespace weightsieve {

/// Which of them are wanted of a tensor.
struct TraceRequest {
  bool digest = false;
  std::optional<ZeroScan> zeros = {};  ///< one that has seen nothing
};

class ChunkTraces {
 public:
  explicit ChunkTraces(const TraceRequest& request)
      : wants_digest_(request.digest), zeros_(request.zeros), unseen_(request.zeros) {}

  /// Looks at the next chunk: `elements` elements from `first` on.
  void add(Bytes bytes, std::uint64_t first, std::uint64_t elements);
  /// Joins what was seen of the chunks right behind.
  void merge(ChunkTraces&& next);

  /// Of a whole tensor what take_fingerprints() gives; empty where it was not asked for.
  std::string digest() const;
  /// Nothing where they were not asked for, or not looked for in all that was joined.
  const std::optional<ZeroScan>& zeros() const noexcept { return zeros_; }

  void write(WireWriter& out) const;
  /// Joins what write() wrote of the chunks right behind.
  void read_behind(WireReader& in);

 private:
  bool wants_digest_;
  std::vector<std::string> digests_;  ///< of each chunk
  std::optional<ZeroScan> zeros_;
  std::optional<ZeroScan> unseen_;  ///< as it was requested
};

}  // namespace weightsieve
