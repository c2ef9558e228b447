// The bytes of a pickle, piece by piece, never past its end. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "format/pickle.hpp"
#include "weightsieve/base/rule.hpp"

namespace weightsieve::format {

class PickleInput {
 public:
  explicit PickleInput(const PickleText& text);

  /// Valid until the next call. Throws PICKLE-LENGTH when fewer bytes are left.
  Bytes take(std::uint64_t length);
  void skip(std::uint64_t length);
  std::uint8_t byte();
  template <class T>
  T number() {
    return load<T>(take(sizeof(T)).data());
  }
  /// Up to the next line break, which is taken too.
  std::string line();

  /// What follows is a frame: opcodes that end where it does.
  void begin_frame(std::uint64_t length);
  bool in_frame() const noexcept { return position_ < frame_end_; }

  /// Marks where an opcode begins; messages name that place.
  void mark() noexcept { mark_ = position_; }
  /// The mark's offset in the file.
  std::uint64_t at() const noexcept;
  /// Bytes taken.
  std::uint64_t used() const noexcept { return position_ - text_.begin; }
  /// In the source.
  std::uint64_t position() const noexcept { return position_; }

  [[noreturn]] void fail(const Rule& rule, const std::string& message) const;

 private:
  [[noreturn]] void fail_short(std::uint64_t length) const;
  /// What the window holds of a line.
  void take_up_to_break(std::string& text);

  PickleText text_;
  std::unique_ptr<Cursor> cursor_;
  Bytes window_;
  std::uint64_t window_begin_ = 0;
  std::uint64_t position_;
  std::uint64_t mark_;
  std::uint64_t frame_end_ = 0;
};

}  // namespace weightsieve::format
