#include "format/protobuf_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/problem_log.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::size_t kMaxVarintBytes = 10;
// Messages are read on from where the last window ended, or behind a payload that was left out: then the next
// few bytes tell how much further to go.
constexpr std::size_t kNextWindowBytes = std::size_t{64} << 10;
constexpr std::size_t kFarWindowBytes = std::size_t{4} << 10;
constexpr std::uint64_t kMaxTag = UINT32_MAX;
constexpr std::string_view kCutShort = ": the file is cut short, or the length is wrong";

}  // namespace

WireField ProtobufInput::field(std::uint64_t& position, std::uint64_t end) {
  const std::uint64_t at = position;
  const std::uint64_t tag = varint(position, end);
  if (tag > kMaxTag || tag >> 3 == 0)
    fail(rules::kOnnxTag, at,
         fmt::format("the tag {} names no field; fields are numbered from 1 to 2^29 - 1", tag));
  WireField field{
      static_cast<std::uint32_t>(tag >> 3), static_cast<WireType>(tag & 7), at, {position, position}};
  switch (field.type) {
    case WireType::varint:
      field.value = varint(position, end);
      break;
    case WireType::fixed64:
      position += std::min<std::uint64_t>(8, end - position);
      break;
    case WireType::fixed32:
      position += std::min<std::uint64_t>(4, end - position);
      break;
    case WireType::bytes: {
      const std::uint64_t length = varint(position, end);
      if (length > end - position)
        fail(rules::kOnnxLength, at,
             fmt::format("field {} has {} bytes; {} are left of its message{}", field.number, grouped(length),
                         grouped(end - position), end == size_ ? kCutShort : ""));
      field.payload.begin = position;
      position += length;
      break;
    }
    default:
      fail(rules::kOnnxTag, at,
           fmt::format("field {} is of wire type {}; must be 0, 1, 2 or 5", field.number, tag & 7));
  }
  field.payload.end = position;
  const bool is_short = (field.type == WireType::fixed64 && field.payload.bytes() < 8) ||
                        (field.type == WireType::fixed32 && field.payload.bytes() < 4);
  if (is_short)
    fail(rules::kOnnxLength, at,
         fmt::format("field {} is cut short by the end of its message", field.number));
  return field;
}

std::uint64_t ProtobufInput::varint(std::uint64_t& position, std::uint64_t end) {
  const std::uint64_t at = position;
  std::uint64_t value = 0;
  for (unsigned shift = 0; position < end; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(window(position, 1)[0]);
    // The tenth byte has room for the 64th bit.
    if (shift == 7 * (kMaxVarintBytes - 1) && byte > 1)
      fail(rules::kOnnxVarint, at, "a varint has more than 10 bytes or 64 bits");
    ++position;
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  fail(rules::kOnnxVarint, at, "a varint is cut short by the end of its message");
}

std::uint64_t ProtobufInput::fixed(std::uint64_t& position, std::uint64_t end, unsigned length) {
  if (end - position < length)
    fail(rules::kOnnxLength, position,
         fmt::format("{} bytes are left of a number of {}", end - position, length));
  std::uint64_t value = 0;
  std::memcpy(&value, window(position, length).data(), length);
  position += length;
  return value;
}

std::string ProtobufInput::text(const WireField& field, std::uint64_t most, std::string_view what) {
  const std::uint64_t bytes = field.payload.bytes();
  if (bytes > most)
    fail(rules::kOnnxText, field.at,
         fmt::format("{} has {} bytes; at most {}", what, grouped(bytes), grouped(most)));
  if (bytes == 0) return {};
  const Bytes content = window(field.payload.begin, static_cast<std::size_t>(bytes));
  std::string text(as_text(content.first(static_cast<std::size_t>(bytes))));
  if (valid_utf8_length(text) != text.size())
    fail(rules::kOnnxText, field.at, fmt::format("{} is not valid UTF-8: {}", what, in_quotes(text)));
  return text;
}

Bytes ProtobufInput::window(std::uint64_t position, std::size_t wanted) {
  const std::uint64_t window_end = window_begin_ + window_.size();
  if (position < window_begin_ || position + wanted > window_end) {
    const std::size_t usual = position == window_end ? kNextWindowBytes : kFarWindowBytes;
    window_begin_ = position;
    window_ = cursor_.view(position, static_cast<std::size_t>(
                                         std::min<std::uint64_t>(std::max(usual, wanted), size_ - position)));
  }
  return window_.subspan(static_cast<std::size_t>(position - window_begin_));
}

void ProtobufInput::fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
  reject(rule, path_, at, message);
}

}  // namespace weightsieve::format
