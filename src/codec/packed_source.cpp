// The content of a packed shard as a Source.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve {
namespace {

/// Where each frame and what it holds begin, and, last, end.
struct Layout {
  std::vector<std::uint64_t> frames;
  std::vector<std::uint64_t> content;

  explicit Layout(const PackedShard& shard) {
    std::uint64_t frame = kPackedHeaderBytes;
    std::uint64_t content_at = 0;
    frames.reserve(shard.entries.size() + 1);
    content.reserve(shard.entries.size() + 1);
    for (const PackedEntry& entry : shard.entries) {
      frames.push_back(frame);
      content.push_back(content_at);
      frame += entry.frame_bytes;
      content_at += entry.content_bytes;
    }
    frames.push_back(frame);
    content.push_back(content_at);
  }
};

class PackedSource;

/// Keeps the content of neighbouring frames in one buffer and slides it along.
class PackedCursor final : public Cursor {
 public:
  explicit PackedCursor(const PackedSource& source);

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override;

 private:
  void hold(std::size_t first, std::size_t end);
  void keep_common(std::size_t first, std::size_t end);
  void decode(std::size_t entry, std::byte* out);

  const PackedSource* source_;
  std::unique_ptr<Cursor> file_;
  ChunkCodec codec_;
  std::vector<std::byte> buffer_;
  std::size_t first_ = 0;  ///< the buffer holds the content of entries [first_, end_)
  std::size_t end_ = 0;
};

class PackedSource final : public Source {
 public:
  PackedSource(std::shared_ptr<const Source> file, PackedShard shard)
      : Source(file->path(), file->identity(), shard.content_bytes()),
        file_(std::move(file)),
        shard_(std::move(shard)),
        layout_(shard_) {}

  std::unique_ptr<Cursor> cursor() const override { return std::make_unique<PackedCursor>(*this); }
  void check_unchanged() const override { file_->check_unchanged(); }

  const Source& file() const noexcept { return *file_; }
  const PackedShard& shard() const noexcept { return shard_; }
  const Layout& layout() const noexcept { return layout_; }

 private:
  std::shared_ptr<const Source> file_;
  PackedShard shard_;
  Layout layout_;
};

PackedCursor::PackedCursor(const PackedSource& source) : source_(&source), file_(source.file().cursor()) {}

Bytes PackedCursor::view(std::uint64_t offset_bytes, std::size_t length) {
  assert(length <= kMaxWindowBytes && offset_bytes <= source_->size() &&
         length <= source_->size() - offset_bytes);
  if (length == 0) return {};
  const std::vector<std::uint64_t>& begins = source_->layout().content;
  const auto first = std::ranges::upper_bound(begins, offset_bytes) - 1;
  const auto end = std::lower_bound(first, begins.end(), offset_bytes + length);
  hold(static_cast<std::size_t>(first - begins.begin()), static_cast<std::size_t>(end - begins.begin()));
  return Bytes(buffer_).subspan(static_cast<std::size_t>(offset_bytes - begins[first_]), length);
}

void PackedCursor::hold(std::size_t first, std::size_t end) {
  if (first_ <= first && end <= end_) return;
  keep_common(first, end);
  const std::vector<std::uint64_t>& begins = source_->layout().content;
  buffer_.resize(std::max(buffer_.size(), static_cast<std::size_t>(begins[end] - begins[first_])));
  while (end_ < end) {
    decode(end_, buffer_.data() + (begins[end_] - begins[first_]));
    ++end_;  // only now: a frame that fails to decode is not held
  }
}

/// Drops what is not in [first, end), so that what is lies at the buffer's front.
void PackedCursor::keep_common(std::size_t first, std::size_t end) {
  const std::vector<std::uint64_t>& begins = source_->layout().content;
  const bool goes_on = first_ <= first && first < end_ && end > end_;
  if (!goes_on) {
    first_ = end_ = first;
    return;
  }
  std::memmove(buffer_.data(), buffer_.data() + (begins[first] - begins[first_]),
               static_cast<std::size_t>(begins[end_] - begins[first]));
  first_ = first;
}

void PackedCursor::decode(std::size_t entry, std::byte* out) {
  const PackedShard& shard = source_->shard();
  const PackedEntry& packed = shard.entries[entry];
  const std::uint64_t begin = source_->layout().frames[entry];
  const Bytes frame = file_->view(begin, packed.frame_bytes);
  try {
    if (XXH3_64bits(frame.data(), kChunkHeaderBytes) != packed.frame_hash)
      throw Error(ErrorCode::malformed, "the frame is not the one that the index lists",
                  {.file = {}, .offset_bytes = 0, .tensor = {}, .rule = std::string(rules::kPackedFrame.id)});
    codec_.decode(frame, {.width = packed.width}, packed_place(shard.run, shard.name, entry),
                  {out, packed.content_bytes});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    throw Error(error.code(), fmt::format("{} (in a chunk of {} bytes)", error.message(), packed.frame_bytes),
                {.file = source_->path(),
                 .offset_bytes = begin + error.place().offset_bytes.value_or(0),
                 .tensor = {},
                 .rule = error.place().rule});
  }
}

}  // namespace

std::shared_ptr<const Source> open_packed_shard(std::shared_ptr<const Source> file, PackedShard shard) {
  return std::make_shared<PackedSource>(std::move(file), std::move(shard));
}

}  // namespace weightsieve
