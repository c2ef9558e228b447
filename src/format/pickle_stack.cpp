#include "format/pickle_stack.hpp"

#include <fmt/format.h>

#include "format/problem_log.hpp"

namespace weightsieve::format {

std::span<const PickleRef> PickleStack::top(std::size_t count) const {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (values_.size() - floor < count) input_.fail(rules::kPickleStack, "takes more than the stack holds");
  return std::span(values_).last(count);
}

std::size_t PickleStack::above_mark() {
  if (marks_.empty()) input_.fail(rules::kPickleStack, "wants a mark that is not there");
  const std::size_t count = values_.size() - marks_.back();
  marks_.pop_back();
  return count;
}

void PickleStack::pop() {
  if (!marks_.empty() && marks_.back() == values_.size()) return marks_.pop_back();
  top(1);
  drop(1);
}

// Writers number what they remember from 0 on, so an index beyond the opcodes so far is none of theirs.
void PickleStack::put(std::uint64_t index, std::uint64_t most) {
  if (index > most)
    input_.fail(rules::kPickleMemo, fmt::format("remembers a value under {}, far ahead", index));
  const PickleRef value = top(1).front();
  if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1, kForgotten);
  if (memo_[index] == kForgotten) ++memoized_;
  memo_[index] = value;
}

void PickleStack::recall(std::uint32_t index) {
  if (index >= memo_.size() || memo_[index] == kForgotten)
    input_.fail(rules::kPickleMemo, fmt::format("recalls {}, under which nothing is remembered", index));
  push(memo_[index]);
}

PickleRef PickleStack::result() const {
  if (values_.size() != 1 || !marks_.empty())
    input_.fail(rules::kPickleStack, "STOP leaves more than one value");
  return values_.front();
}

std::uint64_t PickleStack::memory_bytes() const noexcept {
  constexpr std::uint64_t each = 2 * sizeof(PickleRef);
  return each * (values_.capacity() + marks_.capacity() + memo_.capacity());
}

}  // namespace weightsieve::format
