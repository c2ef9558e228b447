#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <vector>

#include "codec/buffer.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/deflate.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kInputBytes = std::size_t{64} << 10;
// A small view inflates on this far, so that neighbouring ones cost nothing.
constexpr std::size_t kReadAheadBytes = std::size_t{256} << 10;

/// A raw deflate stream from its first byte to its last, forward only.
class Inflater {
 public:
  Inflater(const Source& file, const DeflatedRange& range)
      : range_(range), path_(&file.path()), input_(file.cursor()) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Of the content.
  std::uint64_t position() const noexcept { return position_; }

  /// The next bytes of the content; there must be as many left.
  void read(std::span<std::byte> out) {
    for (std::size_t done = 0; done < out.size();) {
      const std::size_t got = step(out.subspan(done));
      if (got == 0 && ended_) fail(rules::kDeflateSize, "the stream ends before its content is whole");
      done += got;
    }
    crc_ = crc32_of(out, crc_);
    position_ += out.size();
    if (position_ == range_.content_bytes) finish();
  }

 private:
  std::size_t step(std::span<std::byte> out) {
    if (stream_.avail_in == 0 && taken_ < range_.stored_bytes) refill();
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), kMaxWindowBytes));
    const uInt room = stream_.avail_out;
    const int status = ended_ ? Z_STREAM_END : inflate(&stream_, Z_NO_FLUSH);
    ended_ = status == Z_STREAM_END;
    const bool starved = status == Z_BUF_ERROR && taken_ == range_.stored_bytes && stream_.avail_in == 0;
    if (starved) fail(rules::kDeflate, "the stream is cut short");
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      fail(rules::kDeflate, "the stream is corrupt");
    return room - stream_.avail_out;
  }

  void refill() {
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(kInputBytes, range_.stored_bytes - taken_));
    const Bytes piece = input_->view(range_.offset_bytes + taken_, length);
    if (length > 0) std::memcpy(in_.reserve(length), piece.data(), length);
    stream_.next_in = reinterpret_cast<Bytef*>(in_.reserve(length));
    stream_.avail_in = static_cast<uInt>(length);
    taken_ += length;
  }

  /// The stream must end where the content does, and fill its range.
  void finish() {
    std::byte none{};
    while (!ended_)
      if (step({&none, 1}) > 0) fail(rules::kDeflateSize, "the stream goes on after its content is whole");
    if (stream_.avail_in > 0 || taken_ < range_.stored_bytes)
      fail(rules::kDeflateSize, "bytes follow the end of the stream");
    if (crc_ != range_.crc) fail(rules::kDeflateCrc, "the content's checksum is not the one that is stored");
  }

  [[noreturn]] void fail(const Rule& rule, const char* message) const {
    throw Error(ErrorCode::malformed, message,
                {.file = *path_,
                 .offset_bytes = range_.offset_bytes + taken_ - stream_.avail_in,
                 .tensor = {},
                 .rule = std::string(rule.id)});
  }

  DeflatedRange range_;
  const std::string* path_;
  std::unique_ptr<Cursor> input_;
  codec::Buffer in_;
  z_stream stream_{};
  std::uint64_t taken_ = 0;  ///< bytes of the range that were handed to zlib
  std::uint64_t position_ = 0;
  std::uint32_t crc_ = 0;
  bool ended_ = false;
};

class DeflatedCursor final : public Cursor {
 public:
  DeflatedCursor(std::shared_ptr<const Source> file, const DeflatedRange& range)
      : file_(std::move(file)), range_(range) {}

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
    assert(length <= kMaxWindowBytes && offset_bytes <= range_.content_bytes &&
           length <= range_.content_bytes - offset_bytes);
    if (length == 0) return {};
    const bool holds = offset_bytes >= begin_ && offset_bytes + length <= begin_ + held_;
    if (!holds) fill(offset_bytes, length);
    return Bytes(content_).subspan(static_cast<std::size_t>(offset_bytes - begin_), length);
  }

 private:
  void fill(std::uint64_t offset_bytes, std::size_t length) {
    if (!inflater_ || offset_bytes < begin_) restart();
    begin_ = offset_bytes;
    const std::size_t kept = keep_from(offset_bytes);
    const std::uint64_t left = range_.content_bytes - offset_bytes;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, std::max(length, kReadAheadBytes)));
    held_ = 0;  // nothing is held should this fail
    inflater_->read(room(wanted).subspan(kept));
    held_ = wanted;
  }

  std::span<std::byte> room(std::size_t bytes) {
    if (bytes > content_.size()) content_.resize(bytes);
    return std::span(content_).first(bytes);
  }

  void restart() {
    inflater_.reset();
    inflater_ = std::make_unique<Inflater>(*file_, range_);
    held_ = 0;
  }

  /// Goes on to `offset_bytes`. What is inflated beyond it moves to the buffer's front; returns how much.
  std::size_t keep_from(std::uint64_t offset_bytes) {
    if (inflater_->position() >= offset_bytes) {
      const auto kept = static_cast<std::size_t>(inflater_->position() - offset_bytes);
      if (kept > 0) std::memmove(content_.data(), content_.data() + (held_ - kept), kept);
      return kept;
    }
    while (inflater_->position() < offset_bytes) {
      const auto skipped = static_cast<std::size_t>(
          std::min<std::uint64_t>(kReadAheadBytes, offset_bytes - inflater_->position()));
      inflater_->read(room(skipped));
    }
    return 0;
  }

  std::shared_ptr<const Source> file_;
  DeflatedRange range_;
  std::unique_ptr<Inflater> inflater_;
  std::vector<std::byte> content_;
  std::uint64_t begin_ = 0;  ///< the buffer holds [begin_, begin_ + held_) of the content, up to where it is
  std::size_t held_ = 0;
};

class DeflatedSource final : public Source {
 public:
  DeflatedSource(std::shared_ptr<const Source> file, const DeflatedRange& range)
      : Source(file->path(), file->identity(), range.content_bytes), file_(std::move(file)), range_(range) {}

  std::unique_ptr<Cursor> cursor() const override { return std::make_unique<DeflatedCursor>(file_, range_); }
  void check_unchanged() const override { file_->check_unchanged(); }

 private:
  std::shared_ptr<const Source> file_;
  DeflatedRange range_;
};

}  // namespace

std::shared_ptr<const Source> open_deflated(std::shared_ptr<const Source> file, const DeflatedRange& range) {
  return std::make_shared<DeflatedSource>(std::move(file), range);
}

std::uint32_t crc32_of(Bytes bytes, std::uint32_t before) noexcept {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace weightsieve
