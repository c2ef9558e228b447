// The opcodes of a pickle that stand for a value by themselves: numbers, texts, bytes, and empty containers.
// One thread.
#pragma once

#include <cstdint>
#include <optional>

#include "format/pickle_builder.hpp"
#include "format/pickle_input.hpp"

namespace weightsieve::format {

class PickleLiterals {
 public:
  PickleLiterals(PickleInput& input, PickleBuilder& builder) : input_(input), builder_(builder) {}

  /// The value of this opcode, whose operand is taken from the input; nothing when it is none of these.
  std::optional<PickleRef> read(std::uint8_t opcode);

 private:
  std::optional<PickleRef> constant(std::uint8_t opcode);
  std::optional<PickleRef> number(std::uint8_t opcode);
  std::optional<PickleRef> text(std::uint8_t opcode);
  PickleRef long_integer(std::uint32_t length);
  PickleRef unicode(std::uint64_t length);
  PickleRef string(std::uint32_t length);
  PickleRef bytes(std::uint64_t length);

  PickleInput& input_;
  PickleBuilder& builder_;
};

}  // namespace weightsieve::format
