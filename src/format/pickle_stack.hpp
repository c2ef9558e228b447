// What a pickle's stack machine holds while it runs: the stack with its marks, and the memo. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "format/pickle_input.hpp"

namespace weightsieve::format {

class PickleStack {
 public:
  /// `input`: where what is wrong is said to be.
  explicit PickleStack(const PickleInput& input) : input_(input) {}

  void push(PickleRef value) { values_.push_back(value); }
  /// The last values, which must stand above the last mark. Valid until the stack changes.
  std::span<const PickleRef> top(std::size_t count) const;
  void drop(std::size_t count) { values_.resize(values_.size() - count); }

  void mark() { marks_.push_back(static_cast<std::uint32_t>(values_.size())); }
  /// How many values stand above the last mark, which goes.
  std::size_t above_mark();
  /// Drops what is on the top, a value or a mark.
  void pop();

  /// Remembers the top under an index; `most`: the highest that a writer can have come to.
  void put(std::uint64_t index, std::uint64_t most);
  /// Under the first index that is free.
  void memoize(std::uint64_t most) { put(memoized_, most); }
  /// Pushes what is remembered there.
  void recall(std::uint32_t index);

  /// The one value that a whole pickle leaves.
  PickleRef result() const;
  /// Room that is taken, in bytes; a vector that grows is there twice.
  std::uint64_t memory_bytes() const noexcept;

 private:
  static constexpr PickleRef kForgotten = UINT32_MAX;

  const PickleInput& input_;
  std::vector<PickleRef> values_;
  std::vector<std::uint32_t> marks_;  ///< sizes of the stack
  std::vector<PickleRef> memo_;
  std::uint64_t memoized_ = 0;
};

}  // namespace weightsieve::format
