// Values as bytes for another process, or for a later run: little-endian numbers, counts of few bytes where
// they are small, lengths before what has one. What is read may be anybody's: too few bytes, and numbers
// beyond what the reader allows, are an Error. Plain values; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve {

class WireWriter {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }

  /// A whole number, seven bits a byte.
  void count(std::uint64_t value);
  /// Behind its length.
  void text(std::string_view text);
  void block(Bytes bytes);
  /// Counts of which many may be 0: a run of those takes few bytes.
  template <class T>
  void counts(std::span<const T> counts) {
    for (std::size_t i = 0; i < counts.size();) {
      count(counts[i]);
      if (counts[i++] != 0) continue;
      const std::size_t first = i;
      while (i < counts.size() && counts[i] == 0)
        ++i;
      count(i - first);
    }
  }

  const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
  std::vector<std::byte> take() noexcept { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Everything throws Error{malformed} without a place where the bytes do not hold what is asked for.
class WireReader {
 public:
  explicit WireReader(Bytes bytes) noexcept : reader_(bytes) {}

  template <class T>
  T get() {
    static_assert(std::is_arithmetic_v<T>);
    const auto value = reader_.read<T>();
    if (!value) fail_short();
    return *value;
  }

  bool truth() { return count(1) != 0; }
  std::uint64_t count(std::uint64_t most = UINT64_MAX);
  /// A count of things of which each takes a byte at least: so a vector of them may be made.
  std::size_t length() { return static_cast<std::size_t>(count(reader_.remaining())); }
  /// Both are views of the bytes that the reader was made of.
  std::string_view text();
  Bytes block();
  /// Adds to each of `sums` what counts() wrote of as many.
  template <class T>
  void add_counts(std::span<T> sums) {
    for (std::size_t i = 0; i < sums.size();) {
      const std::uint64_t more = count(std::numeric_limits<T>::max() - sums[i]);
      sums[i++] += static_cast<T>(more);
      if (more == 0) i += static_cast<std::size_t>(count(sums.size() - i));
    }
  }

  std::size_t position() const noexcept { return reader_.position(); }
  bool is_at_end() const noexcept { return reader_.remaining() == 0; }

 private:
  [[noreturn]] static void fail_short();

  ByteReader reader_;
};

}  // namespace weightsieve
