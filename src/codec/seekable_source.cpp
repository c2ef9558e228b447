#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "codec/buffer.hpp"
#include "codec/malformed.hpp"
#include "codec/seek_table.hpp"
#include "codec/zstd_frame.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve {
namespace codec {
namespace {

/// Calls `work`, and gives what it throws the name of the file.
template <typename Work>
auto naming_file(const Source& file, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (!error.place().file.empty()) throw;
    Place place = error.place();
    place.file = file.path();
    throw Error(error.code(), error.message(), std::move(place));
  }
}

// A frame's own checksum, against which it was decompressed, is the same function of the content.
std::uint32_t checksum_of(Bytes frame, Bytes content) noexcept {
  if (parse_zstd_header(frame)->has_checksum) return load<std::uint32_t>(frame.data() + frame.size() - 4);
  return static_cast<std::uint32_t>(XXH64(content.data(), content.size(), 0));
}

class SeekableCursor final : public Cursor {
 public:
  SeekableCursor(std::shared_ptr<const Source> file, const FrameIndex& index)
      : file_(std::move(file)), cursor_(file_->cursor()), index_(&index) {}

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
    assert(length <= kMaxWindowBytes && offset_bytes <= index_->content_bytes() &&
           length <= index_->content_bytes() - offset_bytes);
    if (length == 0) return {};
    const std::size_t first = index_->frame_with(offset_bytes);
    const std::uint64_t begin = index_->frame(first).content_offset_bytes;
    if (offset_bytes + length <= index_->frame(first + 1).content_offset_bytes)
      return content_of(first).subspan(static_cast<std::size_t>(offset_bytes - begin), length);
    return join(first, offset_bytes, length);
  }

 private:
  // A view over several frames, put together.
  Bytes join(std::size_t index, std::uint64_t offset_bytes, std::size_t length) {
    std::byte* const out = joined_.reserve(length);
    for (std::size_t filled = 0; filled < length; ++index) {
      const std::uint64_t begin = index_->frame(index).content_offset_bytes;
      const Bytes content =
          content_of(index).subspan(static_cast<std::size_t>(offset_bytes + filled - begin));
      const std::size_t taken = std::min(content.size(), length - filled);
      std::memcpy(out + filled, content.data(), taken);
      filled += taken;
    }
    return {out, length};
  }

  Bytes content_of(std::size_t index) {
    const auto& frame = index_->frame(index);
    const auto size =
        static_cast<std::size_t>(index_->frame(index + 1).content_offset_bytes - frame.content_offset_bytes);
    if (index != held_) naming_file(*file_, [&] { decompress(index, size); });
    return {content_.reserve(size), size};
  }

  void decompress(std::size_t index, std::size_t size) {
    const auto& frame = index_->frame(index);
    const std::uint64_t stored = index_->frame(index + 1).offset_bytes - frame.offset_bytes;
    held_ = kNone;
    require(stored <= zstd_frame_bound(size), rules::kSeekFrame, frame.offset_bytes,
            "the frame is larger than its content can make it");
    const Bytes bytes = cursor_->view(frame.offset_bytes, static_cast<std::size_t>(stored));
    if (const char* fault = zstd_frame_fault(bytes, size)) fail(rules::kSeekFrame, frame.offset_bytes, fault);
    std::byte* const content = content_.reserve(size);
    require(decompressor_.decompress(bytes, {content, size}), rules::kSeekFrame, frame.offset_bytes,
            "the frame is corrupt");
    require(checksum_of(bytes, {content, size}) == frame.checksum, rules::kSeekChecksum, frame.offset_bytes,
            "the content's checksum is not the one in the seek table");
    held_ = index;
  }

  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::shared_ptr<const Source> file_;
  std::unique_ptr<Cursor> cursor_;
  const FrameIndex* index_;
  ZstdDecompressor decompressor_;
  Buffer content_, joined_;
  std::size_t held_ = kNone;  ///< the frame in content_
};

class SeekableSource final : public Source {
 public:
  SeekableSource(std::shared_ptr<const Source> file, FrameIndex index)
      : Source(file->path(), file->identity(), index.content_bytes()),
        file_(std::move(file)),
        index_(std::move(index)) {}

  std::unique_ptr<Cursor> cursor() const override { return std::make_unique<SeekableCursor>(file_, index_); }
  void check_unchanged() const override { file_->check_unchanged(); }

 private:
  std::shared_ptr<const Source> file_;
  FrameIndex index_;
};

}  // namespace
}  // namespace codec

std::shared_ptr<const Source> open_seekable_zstd(std::shared_ptr<const Source> file) {
  const auto cursor = file->cursor();
  codec::FrameIndex index = codec::naming_file(*file, [&] { return codec::FrameIndex(*file, *cursor); });
  return std::make_shared<codec::SeekableSource>(std::move(file), std::move(index));
}

}  // namespace weightsieve
