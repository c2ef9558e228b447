// Processes that do one run together, as whoever runs it sees them: a few messages at the ends of a pass. All
// of them make the same calls in the same order; rank 0 has the result. One thread at a time, always the
// same.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve {

class Team {
 public:
  virtual ~Team() = default;

  virtual unsigned rank() const noexcept = 0;
  virtual unsigned size() const noexcept = 0;

  /// Everybody's bytes, handed to `take` on rank 0 in the order of ranks, one at a time; elsewhere `take` is
  /// not called. What it throws on rank 0 is thrown when everybody's bytes are in.
  virtual void gather(Bytes mine, const std::function<void(unsigned rank, Bytes bytes)>& take) = 0;

  /// What rank 0 gives, everywhere; of the others `bytes` counts as nothing.
  virtual std::vector<std::byte> broadcast(Bytes bytes) = 0;

  /// Tells the others that this rank has failed and waits in gather() for them.
  virtual void call_off() = 0;
  /// Whether another rank called off the pass since the last gather(). Cheap: it may be asked for each unit.
  virtual bool is_called_off() = 0;
};

}  // namespace weightsieve
