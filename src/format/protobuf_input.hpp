// The fields of protobuf messages in a file, one after another, never past the end of their message.
//
// A field tells where its payload lies, and nothing reads that but who wants it: a message of any size takes
// a small window of memory. After protobuf.dev/programming-guides/encoding; groups, which nobody writes any
// more, are refused. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "weightsieve/base/rule.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// A stretch of the file: a message, or what stands in a field.
struct WireRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t bytes() const noexcept { return end - begin; }
};

struct WireField {
  std::uint32_t number;
  WireType type;
  std::uint64_t at;         ///< of its tag, in the file
  WireRange payload;        ///< what follows tag and length
  std::uint64_t value = 0;  ///< of a varint
};

class ProtobufInput {
 public:
  /// Reads through `cursor`, whose last view is then gone. `size` is that of the file.
  ProtobufInput(Cursor& cursor, std::string path, std::uint64_t size)
      : cursor_(cursor), path_(std::move(path)), size_(size) {}

  /// The field at `position`, which moves behind it. Requires position < end ≤ size.
  WireField field(std::uint64_t& position, std::uint64_t end);

  /// Calls visit(field) for each field of the message.
  template <class Visit>
  void each_field(WireRange message, Visit&& visit) {
    for (std::uint64_t position = message.begin; position < message.end;)
      visit(field(position, message.end));
  }

  /// The number at `position`, which moves behind it. Requires position ≤ end ≤ size.
  std::uint64_t varint(std::uint64_t& position, std::uint64_t end);
  /// Little-endian, of `length` bytes, at most 8.
  std::uint64_t fixed(std::uint64_t& position, std::uint64_t end, unsigned length);

  /// The payload as text: valid UTF-8 of at most `most` bytes; throws ONNX-TEXT.
  std::string text(const WireField& field, std::uint64_t most, std::string_view what);

  const std::string& path() const noexcept { return path_; }

  /// Says what is wrong with the piece that begins at `at`.
  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const;

 private:
  /// At least one byte from there on, and `wanted` where the file has so many.
  Bytes window(std::uint64_t position, std::size_t wanted);

  Cursor& cursor_;
  std::string path_;
  std::uint64_t size_;
  Bytes window_;
  std::uint64_t window_begin_ = 0;
};

}  // namespace weightsieve::format
