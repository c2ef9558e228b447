// A Job that several processes can do together, because what its units yield can be sent.
#pragma once

#include <cstdint>
#include <memory>

#include "weightsieve/base/wire.hpp"
#include "weightsieve/engine/job.hpp"

namespace weightsieve {

class SharedJob : public Job {
 public:
  /// Bytes that a unit reads: progress.
  virtual std::uint64_t work(std::size_t unit) const = 0;

  /// What processes share out equally: bytes, where each takes as long as any other.
  virtual std::uint64_t cost(std::size_t unit) const { return work(unit); }

  /// About how many bytes write() makes of a unit's result, at most: bounds what is held at a time.
  virtual std::uint64_t result_bytes(std::size_t unit) const = 0;

  /// A result as bytes, and back in another process. read() throws Error{malformed}.
  virtual void write(const UnitResult& result, WireWriter& out) const = 0;
  virtual std::unique_ptr<UnitResult> read(std::size_t unit, WireReader& in) const = 0;

  /// Joins the result of unit `next`, or of several from there on, to that of the units right before, whose
  /// first is `unit`: merge() then takes all of them at once as `unit`. False where it cannot.
  virtual bool join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const {
    static_cast<void>(unit), static_cast<void>(result), static_cast<void>(next), static_cast<void>(of_next);
    return false;
  }

  /// Whether every process goes on with what was merged, or the first one alone.
  virtual bool is_merged_everywhere() const { return false; }
};

}  // namespace weightsieve
