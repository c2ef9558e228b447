// Bytes from files: unaligned little-endian loads and a reader that cannot run past the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace weightsieve {

using Bytes = std::span<const std::byte>;

/// The value of type T stored little-endian at `data`; no alignment needed. Every platform that the project
/// builds on is little-endian.
template <class T>
T load(const std::byte* data) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

/// A cursor over bytes that hands out values and says nothing when too few are left.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) noexcept : bytes_(bytes) {}

  std::size_t position() const noexcept { return position_; }
  std::size_t remaining() const noexcept { return bytes_.size() - position_; }

  template <class T>
  std::optional<T> read() noexcept {
    if (remaining() < sizeof(T)) return std::nullopt;
    const T value = load<T>(bytes_.data() + position_);
    position_ += sizeof(T);
    return value;
  }

  std::optional<Bytes> take(std::uint64_t count) noexcept {
    if (count > remaining()) return std::nullopt;
    const Bytes taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
  }

 private:
  Bytes bytes_;
  std::size_t position_ = 0;
};

}  // namespace weightsieve
