// What elements compete by, when it is not their own magnitude: a key computed from value and position.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "prune/decision.hpp"

namespace weightsieve::prune {

/// The key of an element that never goes: NaN and infinities.
inline constexpr std::uint64_t kNoKey = UINT64_MAX;

/// Computes keys; one per thread.
class KeyReader {
 public:
  virtual ~KeyReader() = default;

  /// out[i] = key of element i of the run, or kNoKey. Requires that a run whose scores depend on the column
  /// is no longer than kMostKeys.
  virtual void read(const TensorRun& run, std::span<std::uint64_t> out) = 0;
};

/// The most elements keys are asked for at once.
inline constexpr std::uint64_t kMostKeys = 65'536;

/// A way to rank elements: the one with the least key goes first. Immutable; any thread.
class KeySource {
 public:
  virtual ~KeySource() = default;

  virtual std::unique_ptr<KeyReader> reader() const = 0;

  /// The greatest key there can be but kNoKey; at least 1.
  virtual std::uint64_t greatest_key() const noexcept = 0;

  /// Whether keys are those of |x|, so that the limit of a search is a magnitude.
  virtual bool is_magnitude() const noexcept { return false; }
};

/// |x|.
std::shared_ptr<const KeySource> magnitude_keys();

/// A hash of seed, tensor name and index: the same elements, whatever else is pruned and however the
/// checkpoint is cut into shards.
std::shared_ptr<const KeySource> random_keys(std::uint64_t seed);

/// |x| times a factor by column, in double precision: the score of Wanda (Sun et al., "A simple and effective
/// pruning approach for large language models", 2023) where factors are norms of activations. `path` is a
/// checkpoint with a tensor of the same name for each of `tensors`, one number a column. Throws
/// Error{usage} where one lacks or is no finite number of at least 0, and what open_checkpoint() throws.
std::shared_ptr<const KeySource> scaled_keys(const std::string& path,
                                             std::span<const TensorInfo* const> tensors);

}  // namespace weightsieve::prune
