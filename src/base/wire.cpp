#include "weightsieve/base/wire.hpp"

#include <fmt/format.h>

#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

constexpr unsigned kBits = 7;
constexpr std::uint8_t kMore = 0x80;

}  // namespace

void WireWriter::count(std::uint64_t value) {
  for (; value >= kMore; value >>= kBits)
    put(static_cast<std::uint8_t>(value | kMore));
  put(static_cast<std::uint8_t>(value));
}

void WireWriter::text(std::string_view text) { block(std::as_bytes(std::span(text))); }

void WireWriter::block(Bytes bytes) {
  count(bytes.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void WireReader::fail_short() { throw Error(ErrorCode::malformed, "ends in the middle of what it holds"); }

std::uint64_t WireReader::count(std::uint64_t most) {
  std::uint64_t value = 0;
  std::uint8_t byte = kMore;
  for (unsigned shift = 0; (byte & kMore) != 0; shift += kBits) {
    byte = get<std::uint8_t>();
    const std::uint64_t bits = byte & (kMore - 1u);
    if (shift >= 64 || bits << shift >> shift != bits)
      throw Error(ErrorCode::malformed, "holds a count of more than 64 bits");
    value |= bits << shift;
  }
  if (value > most)
    throw Error(ErrorCode::malformed, fmt::format("holds a count of {}, at most {} may be", value, most));
  return value;
}

std::string_view WireReader::text() {
  const Bytes bytes = block();
  return as_text(bytes);
}

Bytes WireReader::block() {
  const auto bytes = reader_.take(count());
  if (!bytes) fail_short();
  return *bytes;
}

}  // namespace weightsieve
