#include "format/pickle_literals.hpp"

#include <fmt/format.h>

#include "format/pickle_opcode.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
std::optional<PickleRef> PickleLiterals::read(std::uint8_t opcode) {
  if (const auto value = constant(opcode)) return value;
  if (const auto value = number(opcode)) return value;
  return text(opcode);
}

std::optional<PickleRef> PickleLiterals::constant(std::uint8_t opcode) {
  switch (opcode) {
    case NONE:
      return PickleBuilder::kNone;
    case NEWTRUE:
      return PickleBuilder::kTrue;
    case NEWFALSE:
      return PickleBuilder::kFalse;
    case EMPTY_TUPLE:
      return PickleBuilder::kEmptyTuple;
    case EMPTY_LIST:
      return builder_.value(PickleKind::list);
    case EMPTY_DICT:
      return builder_.value(PickleKind::dict);
    case EMPTY_SET:
      return builder_.value(PickleKind::set);
    default:
      return std::nullopt;
  }
}

std::optional<PickleRef> PickleLiterals::number(std::uint8_t opcode) {
  switch (opcode) {
    case BININT:
      return builder_.integer(input_.number<std::int32_t>());
    case BININT1:
      return builder_.integer(input_.byte());
    case BININT2:
      return builder_.integer(input_.number<std::uint16_t>());
    case LONG1:
      return long_integer(input_.byte());
    case LONG4:
      return long_integer(input_.number<std::uint32_t>());
    case BINFLOAT:
      input_.skip(sizeof(double));
      return builder_.value(PickleKind::real);
    default:
      return std::nullopt;
  }
}

std::optional<PickleRef> PickleLiterals::text(std::uint8_t opcode) {
  switch (opcode) {
    case BINUNICODE:
      return unicode(input_.number<std::uint32_t>());
    case SHORT_BINUNICODE:
      return unicode(input_.byte());
    case BINUNICODE8:
      return unicode(input_.number<std::uint64_t>());
    case SHORT_BINSTRING:
      return string(input_.byte());
    case BINSTRING:
      return string(input_.number<std::uint32_t>());
    case SHORT_BINBYTES:
      return bytes(input_.byte());
    case BINBYTES:
      return bytes(input_.number<std::uint32_t>());
    case BINBYTES8:
    case BYTEARRAY8:
      return bytes(input_.number<std::uint64_t>());
    default:
      return std::nullopt;
  }
}

/// Little-endian, in two's complement.
PickleRef PickleLiterals::long_integer(std::uint32_t length) {
  constexpr std::uint32_t most_bytes = 32;
  if (length > most_bytes)
    input_.fail(rules::kPickleLimit,
                fmt::format("an integer of {} bytes; at most {} are read", length, most_bytes));
  const Bytes bytes = input_.take(length);
  if (length > sizeof(std::int64_t)) return builder_.value(PickleKind::number);
  const bool negative = length > 0 && (bytes.back() & std::byte{0x80}) != std::byte{0};
  std::int64_t value = negative ? -1 : 0;
  if (length > 0) std::memcpy(&value, bytes.data(), length);
  return builder_.integer(value);
}

PickleRef PickleLiterals::unicode(std::uint64_t length) {
  const std::string_view text = as_text(input_.take(length));
  if (valid_utf8_length(text) != text.size())
    input_.fail(rules::kPickleText, "a text that is not valid UTF-8");
  return builder_.text(text);
}

/// Of Python 2: bytes that mostly are text.
PickleRef PickleLiterals::string(std::uint32_t length) {
  const std::string_view text = as_text(input_.take(length));
  const bool is_text = valid_utf8_length(text) == text.size();
  return is_text ? builder_.text(text) : builder_.value(PickleKind::bytes);
}

PickleRef PickleLiterals::bytes(std::uint64_t length) {
  input_.skip(length);
  return builder_.value(PickleKind::bytes);
}

}  // namespace weightsieve::format
