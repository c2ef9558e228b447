#include <algorithm>
#include <cassert>
#include <cstring>

#include "format/content.hpp"
#include "format/element_gather.hpp"
#include "format/masked_product.hpp"
#include "weightsieve/codec/dequantize.hpp"
#include "weightsieve/io/source_pool.hpp"

namespace weightsieve::format {
namespace {

class ContentCursor final : public BlockCursor {
 public:
  ContentCursor(std::shared_ptr<const Content> content, std::shared_ptr<const Source> file,
                std::shared_ptr<SourcePool> others)
      : content_(std::move(content)), file_(std::move(file)), others_(std::move(others)) {}

  Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
    assert(length <= kMaxWindowBytes && offset_bytes <= content_->bytes() &&
           length <= content_->bytes() - offset_bytes);
    return read(offset_bytes, length);
  }

  Bytes view_blocks(std::uint64_t offset_bytes, std::uint64_t first, std::uint64_t count) override {
    if (count == 0) return {};
    const ContentPart* const part = part_with(offset_bytes);
    assert(part != nullptr && part->offset_bytes == offset_bytes && part->blocks != BlockType::none);
    const StretchView stretch = open(part->stretch);
    const std::uint64_t block_bytes = block_type_info(part->blocks).bytes;
    return stretch.cursor.view(stretch.origin_bytes + part->first_byte + first * block_bytes,
                               static_cast<std::size_t>(count * block_bytes));
  }

 private:
  /// Of operands too, behind the content's end.
  Bytes read(std::uint64_t offset_bytes, std::size_t length) {
    if (length == 0) return {};
    const std::uint64_t end = offset_bytes + length;
    if (end <= content_->header.size()) return header(offset_bytes, length);
    const ContentPart* const part = part_with(offset_bytes);
    if (part != nullptr && end <= part->offset_bytes + part->bytes)
      return view(*part, offset_bytes - part->offset_bytes, length);
    return join(offset_bytes, length);
  }

  Bytes header(std::uint64_t offset_bytes, std::size_t length) const {
    return std::as_bytes(std::span(content_->header)).subspan(static_cast<std::size_t>(offset_bytes), length);
  }

  /// Null inside the header.
  const ContentPart* part_with(std::uint64_t offset_bytes) const {
    const auto behind =
        std::ranges::upper_bound(content_->parts, offset_bytes, {}, &ContentPart::offset_bytes);
    return behind == content_->parts.begin() ? nullptr : &*(behind - 1);
  }

  Bytes view(const ContentPart& part, std::uint64_t first, std::size_t length) {
    if (part.masked != Content::kNotMasked) return masked(content_->masked[part.masked], first, length);
    if (part.layout != Content::kInPlace) return gathered(content_->layouts[part.layout], first, length);
    const StretchView stretch = open(part.stretch);
    const std::uint64_t origin = stretch.origin_bytes + part.first_byte;
    if (part.decoder != Content::kInPlace)
      return decoded(*content_->decoders[part.decoder], stretch.cursor, origin, first, length);
    if (part.blocks != BlockType::none) return unpacked(part.blocks, stretch.cursor, origin, first, length);
    return stretch.cursor.view(origin + first, length);
  }

  /// Weights and mask are read side by side, each by a cursor that goes on where it was.
  Bytes masked(const MaskedElements& of, std::uint64_t first, std::size_t length) {
    const std::uint64_t width = dtype_info(of.dtype).bits / 8;
    const std::uint64_t mask_width = dtype_info(of.mask_dtype).bits / 8;
    const std::uint64_t begin = first / width;
    const auto count = static_cast<std::size_t>((first + length + width - 1) / width - begin);
    if (!mask_) mask_ = std::make_unique<ContentCursor>(content_, file_, others_);
    const Bytes weights = read(of.weights_at + begin * width, count * width);
    const Bytes mask = mask_->read(of.mask_at + begin * mask_width, count * mask_width);
    product_.resize(std::max(product_.size(), count * width));
    multiply_by_mask(of.dtype, weights, of.mask_dtype, mask, std::span(product_).first(count * width));
    return Bytes(product_).subspan(static_cast<std::size_t>(first - begin * width), length);
  }

  StretchView open(std::uint32_t number) {
    const Stretch& stretch = content_->stretches[number];
    if (stretch.deflated) return {inflating(number), 0};
    return {cursor_of(stretch.file), stretch.offset_bytes};
  }

  Bytes gathered(const ElementLayout& layout, std::uint64_t first, std::size_t length) {
    const std::uint64_t width = layout.element_bytes;
    const std::uint64_t first_element = first / width;
    const std::uint64_t count = (first + length + width - 1) / width - first_element;
    gathered_.resize(std::max(gathered_.size(), static_cast<std::size_t>(count * width)));
    gather(
        layout, [this](std::uint32_t stretch) { return open_whole(stretch); }, first_element, count,
        std::span(gathered_).first(static_cast<std::size_t>(count * width)));
    return Bytes(gathered_).subspan(static_cast<std::size_t>(first - first_element * width), length);
  }

  /// So that elements can be read in any order.
  StretchView open_whole(std::uint32_t number) {
    const Stretch& stretch = content_->stretches[number];
    const StretchView view = open(number);
    if (stretch.deflated && stretch.bytes <= kMaxGatheredInflated)
      view.cursor.view(0, static_cast<std::size_t>(stretch.bytes));  // which it then holds
    return view;
  }

  Bytes decoded(const ElementDecoder& decoder, Cursor& cursor, std::uint64_t origin, std::uint64_t first,
                std::size_t length) {
    const std::uint64_t unit = decoder.unit_bytes();
    const std::uint64_t first_unit = first / unit;
    const std::uint64_t count = (first + length + unit - 1) / unit - first_unit;
    gathered_.resize(std::max(gathered_.size(), static_cast<std::size_t>(count * unit)));
    decoder.decode(cursor, origin, first_unit, count, gathered_.data());
    return Bytes(gathered_).subspan(static_cast<std::size_t>(first - first_unit * unit), length);
  }

  /// Bytes of the values that are packed in the blocks from `origin` on.
  Bytes unpacked(BlockType type, Cursor& cursor, std::uint64_t origin, std::uint64_t first,
                 std::size_t length) {
    const BlockTypeInfo& info = block_type_info(type);
    const std::uint64_t block_values_bytes = info.elements * sizeof(float);
    const std::uint64_t first_block = first / block_values_bytes;
    const std::uint64_t blocks = (first + length + block_values_bytes - 1) / block_values_bytes - first_block;
    const auto count = static_cast<std::size_t>(blocks * info.elements);
    values_.resize(std::max(values_.size(), count));
    const Bytes packed =
        cursor.view(origin + first_block * info.bytes, static_cast<std::size_t>(blocks * info.bytes));
    dequantize(type, packed, std::span(values_).first(count));
    return std::as_bytes(std::span(values_))
        .subspan(static_cast<std::size_t>(first - first_block * block_values_bytes), length);
  }

  /// A view over several parts, put together.
  Bytes join(std::uint64_t offset_bytes, std::size_t length) {
    joined_.resize(std::max(joined_.size(), length));
    for (std::size_t done = 0; done < length;) {
      const Bytes piece = next_piece(offset_bytes + done, length - done);
      std::memcpy(joined_.data() + done, piece.data(), piece.size());
      done += piece.size();
    }
    return Bytes(joined_).first(length);
  }

  /// At most `most` bytes from there on, out of one part.
  Bytes next_piece(std::uint64_t offset_bytes, std::size_t most) {
    const ContentPart* const part = part_with(offset_bytes);
    const std::uint64_t end = part == nullptr ? content_->header.size() : part->offset_bytes + part->bytes;
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(most, end - offset_bytes));
    return part == nullptr ? header(offset_bytes, length)
                           : view(*part, offset_bytes - part->offset_bytes, length);
  }

  /// One file is read at a time, so that memory does not grow with their number.
  Cursor& cursor_of(std::uint32_t file) {
    if (cursor_ && file == open_) return *cursor_;
    cursor_.reset();
    other_ = file == 0 ? nullptr : others_->open(file - 1);
    cursor_ = (other_ ? other_ : file_)->cursor();
    open_ = file;
    return *cursor_;
  }

  Cursor& inflating(std::uint32_t stretch) {
    if (stretch != inflated_) {
      const Stretch& found = content_->stretches[stretch];
      assert(found.file == 0);
      inflated_source_ = open_deflated(file_, *found.deflated);
      inflating_ = inflated_source_->cursor();
      inflated_ = stretch;
    }
    return *inflating_;
  }

  std::shared_ptr<const Content> content_;
  std::shared_ptr<const Source> file_;
  std::shared_ptr<SourcePool> others_;
  std::uint32_t open_ = 0;               ///< the file that cursor_ is of
  std::shared_ptr<const Source> other_;  ///< its source, of an other one
  std::unique_ptr<Cursor> cursor_;
  std::shared_ptr<const Source> inflated_source_;  ///< of the stretch `inflated_`
  std::unique_ptr<Cursor> inflating_;
  std::uint32_t inflated_ = UINT32_MAX;
  std::unique_ptr<ContentCursor> mask_;
  std::vector<std::byte> product_;
  std::vector<std::byte> gathered_;
  std::vector<std::byte> joined_;
  std::vector<float> values_;
};

class ContentSource final : public Source {
 public:
  ContentSource(std::shared_ptr<const Source> file, std::shared_ptr<const Content> content, IoMode mode)
      : Source(file->path(), file->identity(), content->bytes()),
        file_(std::move(file)),
        content_(std::move(content)),
        others_(std::make_shared<SourcePool>(content_->others, mode)) {}

  std::unique_ptr<Cursor> cursor() const override {
    return std::make_unique<ContentCursor>(content_, file_, others_);
  }
  void check_unchanged() const override {
    file_->check_unchanged();
    others_->check_unchanged();
  }

 private:
  std::shared_ptr<const Source> file_;
  std::shared_ptr<const Content> content_;
  std::shared_ptr<SourcePool> others_;
};

}  // namespace

std::shared_ptr<const Source> open_content(std::shared_ptr<const Source> file,
                                           std::shared_ptr<const Content> content, IoMode mode) {
  return std::make_shared<ContentSource>(std::move(file), std::move(content), mode);
}

}  // namespace weightsieve::format
