// The bytes of a GGUF file's metadata and tensor list, piece by piece, never past their end. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "weightsieve/base/rule.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

/// What stands before the tensors' data is at most so long, however long the file.
inline constexpr std::uint64_t kMaxGgufHeaderBytes = std::uint64_t{256} << 20;
/// So many tensors there are at most, and so many entries of metadata.
inline constexpr std::uint64_t kMaxGgufEntries = 1'000'000;

class GgufInput {
 public:
  explicit GgufInput(const Source& source);

  template <class T>
  T number() {
    return load<T>(take(sizeof(T)).data());
  }
  /// A length and as many bytes, of which there may be `most`; valid until the next call. Throws by `rule`
  /// when it is longer.
  std::string_view text(std::uint64_t most, const Rule& rule, std::string_view what);
  void skip(std::uint64_t length);
  /// Skips, and gives as much of the begin as can be viewed at once; valid until the next call.
  std::string_view begin_of(std::uint64_t length);
  /// Announces `count` pieces of at least `each` bytes. Throws when there is no room for so many.
  void expect(std::uint64_t count, std::uint64_t each, std::string_view what) const;

  /// In the file.
  std::uint64_t position() const noexcept { return position_; }
  /// Says what is wrong with the piece that begins at `at`.
  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const;

 private:
  Bytes take(std::uint64_t length);
  void require(std::uint64_t length) const;
  std::uint64_t left() const noexcept { return end_ - position_; }

  const Source& source_;
  std::unique_ptr<Cursor> cursor_;
  Bytes window_;
  std::uint64_t window_begin_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t end_;
};

}  // namespace weightsieve::format
