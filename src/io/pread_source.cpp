#include "io/pread_source.hpp"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "io/file_kind.hpp"

namespace weightsieve::io {
namespace {

// A small view reads on this far, so that neighbouring tensors cost one call.
constexpr std::size_t kReadAheadBytes = std::size_t{256} << 10;

// A file over a network is read in whole pieces of what its file system says it likes: the stripes of Lustre,
// the blocks of GPFS, the largest request of NFS.
constexpr std::size_t kLeastPiece = std::size_t{1} << 20;
constexpr std::size_t kMostPiece = std::size_t{2} << 20;  // which no larger stripe cuts

std::size_t piece_bytes(const InputFile& file) {
  if (!is_remote(file.descriptor.number())) return 1;
  return std::clamp(std::bit_floor(preferred_bytes(file.descriptor.number())), kLeastPiece, kMostPiece);
}

class PreadCursor final : public Cursor {
 public:
  explicit PreadCursor(const InputFile& file) : file_(&file), piece_(piece_bytes(file)) {}

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
    const std::uint64_t size = file_->identity.size_bytes;
    const std::uint64_t begin = offset_bytes / piece_ * piece_;
    const std::uint64_t far = std::min(size, offset_bytes + std::max(length, kReadAheadBytes));
    const std::uint64_t end = std::min(size, (far + piece_ - 1) / piece_ * piece_);
    const std::size_t kept = keep_from(begin, static_cast<std::size_t>(end - begin));
    begin_ = begin;
    read_in_pieces(begin + kept, end);
  }

  /// Makes room for `wanted` bytes, of which the first may be held already: how many.
  std::size_t keep_from(std::uint64_t begin, std::size_t wanted) {
    const bool overlaps = piece_ > 1 && begin >= begin_ && begin < begin_ + size_;
    const std::size_t at = overlaps ? static_cast<std::size_t>(begin - begin_) : size_;
    const std::size_t kept = std::min(size_ - at, wanted);
    std::unique_ptr<std::byte[]> before = wanted > capacity_ ? std::exchange(buffer_, nullptr) : nullptr;
    if (kept == 0) before.reset();
    size_ = 0;  // nothing is held should the read fail
    const std::byte* const from = (before ? before.get() : buffer_.get()) + at;
    reserve(wanted);
    if (kept != 0) std::memmove(buffer_.get(), from, kept);
    return kept;
  }

  void read_in_pieces(std::uint64_t begin, std::uint64_t end) {
    std::byte* to = buffer_.get() + (begin - begin_);
    while (begin < end) {
      const std::uint64_t stop = piece_ == 1 ? end : std::min(end, (begin / piece_ + 1) * piece_);
      read_fully(*file_, begin, to, static_cast<std::size_t>(stop - begin));
      to += stop - begin;
      begin = stop;
    }
    size_ = static_cast<std::size_t>(end - begin_);
  }

  void reserve(std::size_t wanted) {
    if (wanted <= capacity_) return;
    buffer_.reset();
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
    capacity_ = wanted;
  }

  const InputFile* file_;
  std::uint64_t piece_;  ///< the file is read from and to multiples of it
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
