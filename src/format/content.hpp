// The safetensors file that a file of another format stands for: what is above `format` reads, prunes and
// writes that, and needs to know of no other format.
//
// Its header is made up, its tensors lie one after another as safetensors wants them; their bytes are read
// where they are, in place wherever they lie there as they should, in that file or in others beside it. A
// Content is immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/text.hpp"
#include "weightsieve/codec/deflate.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/io/source_pool.hpp"

namespace weightsieve::format {

/// A stretch of a file, as it is or deflated.
struct Stretch {
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;  ///< that it holds
  std::optional<DeflatedRange> deflated = {};
  std::uint32_t file = 0;  ///< 0: the one that the content is of; n: Content::others[n - 1]
};

/// Elements of a deflated stretch that do not lie in order are read where it inflates to at most so much:
/// then it is inflated whole, and not again from its beginning for each of them.
inline constexpr std::uint64_t kMaxGatheredInflated = std::uint64_t{8} << 20;

/// Elements that do not lie one after another in the order of their tensor, or not as they should: in boxes
/// that together are the tensor, each somewhere else.
struct ElementLayout {
  struct Dimension {
    std::uint64_t size;
    std::uint64_t stride;     ///< elements between neighbours
    std::uint64_t begin = 0;  ///< index in the tensor where the box begins
  };
  struct Box {
    std::uint32_t stretch = 0;
    std::uint64_t first_byte = 0;       ///< in the stretch, of the element with the least indices
    std::vector<Dimension> dimensions;  ///< outermost first
  };
  Shape sizes;  ///< of the tensor, outermost first
  std::vector<Box> boxes;
  unsigned element_bytes = 1;
  unsigned swapped_bytes = 1;  ///< bytes stand in reverse in each group of this many
};

/// Where consecutive bytes of a tensor are: one after another from `first_byte` of a stretch on, or as the
/// layout says.
struct Elements {
  std::uint64_t bytes = 0;
  std::uint32_t stretch = 0;
  std::uint64_t first_byte = 0;
  std::optional<ElementLayout> layout = {};
};

/// Makes elements out of what stands for them in a stretch, in units that have a number of bytes each. An
/// object is immutable; any thread.
class ElementDecoder {
 public:
  virtual ~ElementDecoder() = default;

  /// Of the content, that a unit has.
  virtual unsigned unit_bytes() const noexcept = 0;

  /// Writes units [first, first + count) to `out`. The tensor begins at `origin_bytes` of the cursor's
  /// source.
  virtual void decode(Cursor& cursor, std::uint64_t origin_bytes, std::uint64_t first, std::uint64_t count,
                      std::byte* out) const = 0;
};

/// A tensor that is the product of two others: a weight and its mask (masked_product.hpp). They lie in the
/// content too, behind its end.
struct MaskedElements {
  std::uint64_t weights_at;  ///< in the content
  std::uint64_t mask_at;
  Dtype dtype;
  Dtype mask_dtype;
};

/// Bytes of the content that come from one place, have one layout, or are a product. What is packed in blocks
/// comes out as F32.
struct ContentPart {
  std::uint64_t offset_bytes;  ///< in the content
  std::uint64_t bytes;
  std::uint64_t first_byte;  ///< in the stretch
  std::uint32_t stretch;
  std::uint32_t layout;                ///< index of an ElementLayout; kInPlace: none is needed
  BlockType blocks = BlockType::none;  ///< that the elements are packed in
  std::uint32_t decoder = UINT32_MAX;  ///< index of an ElementDecoder; kInPlace: none is needed
  std::uint32_t masked = UINT32_MAX;   ///< index of MaskedElements, if it is such
};

struct Content {
  static constexpr std::uint32_t kInPlace = UINT32_MAX;
  static constexpr std::uint32_t kNotMasked = UINT32_MAX;

  std::string header;
  std::vector<Stretch> stretches;
  std::vector<ContentPart> parts;  ///< behind the header, without gaps; none is empty
  std::vector<ElementLayout> layouts;
  std::vector<std::shared_ptr<const ElementDecoder>> decoders;
  std::vector<MaskedElements> masked;
  std::vector<PooledFile> others;   ///< further files in which stretches lie
  std::uint64_t operand_bytes = 0;  ///< of the last parts, which are behind the content's end

  std::uint64_t bytes() const {
    return parts.empty() ? header.size() : parts.back().offset_bytes + parts.back().bytes - operand_bytes;
  }
};

/// Puts a Content together. One thread.
class ContentBuilder {
 public:
  /// Of the tensors that are added from now on.
  ContentBuilder(Checkpoint& checkpoint, std::uint32_t file) noexcept
      : checkpoint_(&checkpoint), file_(file), first_tensor_(checkpoint.tensors.size()) {}

  std::uint32_t add_stretch(const Stretch& stretch);

  /// A further file for stretches to lie in: what they call it.
  std::uint32_t add_file(PooledFile file);

  /// Adds `tensor`, of which everything is known but where it is, to the checkpoint, and that: its bytes in
  /// order. Requires a deflated stretch to hold at most kMaxGatheredInflated bytes where there is a layout
  /// that reorders elements.
  void add(TensorInfo tensor, std::vector<Elements> elements);

  /// The same, of a tensor whose bytes lie as they should from `first_byte` of a stretch on.
  void add(TensorInfo tensor, std::uint32_t stretch, std::uint64_t first_byte);

  /// Adds `tensor`, whose elements `decoder` makes out of what begins at `first_byte` of the stretch.
  void add_decoded(TensorInfo tensor, std::uint32_t stretch, std::uint64_t first_byte,
                   std::shared_ptr<const ElementDecoder> decoder);

  /// Adds `tensor`, which is the product of weights and a mask, and says so in the checkpoint. Requires
  /// can_be_masked() of their dtypes, and as many elements of both.
  void add_masked(TensorInfo tensor, std::vector<Elements> weights, Dtype mask_dtype,
                  std::vector<Elements> mask);

  /// Adds `tensor`, which is the very same as one that was added as the checkpoint's `first`-th.
  void add_tied(TensorInfo tensor, std::size_t first);

  /// Completes tensors and content.
  std::shared_ptr<const Content> finish();

 private:
  void place(TensorInfo& tensor) const;
  std::uint64_t add_operand(std::vector<Elements> elements);
  ContentPart part_of(Elements elements, std::uint64_t at, BlockType blocks);
  void place_operands();
  void write_header();
  void write_entries(const TextSink& sink) const;

  Checkpoint* checkpoint_;
  std::uint32_t file_;
  std::size_t first_tensor_;
  Content content_;
  std::vector<std::pair<std::size_t, std::size_t>> tied_;  ///< a tensor, and the one it is
  std::uint64_t end_ = 0;                                  ///< of the content so far, without the header
  std::vector<ContentPart> operands_;
  std::uint64_t operands_end_ = 0;
};

/// A cursor of a content, which shows what is packed in blocks as values.
class BlockCursor : public Cursor {
 public:
  /// The blocks [first, first + count) behind that offset, as the file has them; valid until the next call.
  /// Requires an offset where a part of blocks begins, and blocks of it that hold at most kMaxWindowBytes.
  virtual Bytes view_blocks(std::uint64_t offset_bytes, std::uint64_t first, std::uint64_t count) = 0;
};

/// The content, read from `file` and, by `mode`, from the content's other files, of which few are open at a
/// time; its cursors are BlockCursors.
std::shared_ptr<const Source> open_content(std::shared_ptr<const Source> file,
                                           std::shared_ptr<const Content> content,
                                           IoMode mode = IoMode::automatic);

}  // namespace weightsieve::format
