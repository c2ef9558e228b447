// The safetensors file that a file of another format stands for: what is above `format` reads, prunes and
// writes that, and needs to know of no other format.
//
// Its header is made up, its tensors lie one after another as safetensors wants them; their bytes are read
// where they are, in place wherever they lie there as they should. A Content is immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/codec/deflate.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::format {

/// A stretch of the file, as it is or deflated.
struct Stretch {
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;  ///< that it holds
  std::optional<DeflatedRange> deflated = {};
};

/// Elements of a deflated stretch that do not lie in order are read where it inflates to at most so much:
/// then it is inflated whole, and not again from its beginning for each of them.
inline constexpr std::uint64_t kMaxGatheredInflated = std::uint64_t{8} << 20;

/// Elements that do not lie one after another in the order of their tensor, or not as they should.
struct ElementLayout {
  struct Dimension {
    std::uint64_t size;
    std::uint64_t stride;  ///< elements between neighbours
  };
  std::vector<Dimension> dimensions;  ///< outermost first
  unsigned element_bytes = 1;
  unsigned swapped_bytes = 1;  ///< bytes stand in reverse in each group of this many
};

/// Bytes of the content that come from one place. What is packed in blocks comes out as F32.
struct ContentPart {
  std::uint64_t offset_bytes;  ///< in the content
  std::uint64_t bytes;
  std::uint64_t first_byte;  ///< in the stretch
  std::uint32_t stretch;
  std::uint32_t layout;                ///< index of an ElementLayout; kInPlace: none is needed
  BlockType blocks = BlockType::none;  ///< that the elements are packed in
};

struct Content {
  static constexpr std::uint32_t kInPlace = UINT32_MAX;

  std::string header;
  std::vector<Stretch> stretches;
  std::vector<ContentPart> parts;  ///< behind the header, without gaps; none is empty
  std::vector<ElementLayout> layouts;

  std::uint64_t bytes() const {
    return parts.empty() ? header.size() : parts.back().offset_bytes + parts.back().bytes;
  }
};

/// Puts a Content together. One thread.
class ContentBuilder {
 public:
  /// Of the tensors that are added from now on.
  ContentBuilder(Checkpoint& checkpoint, std::uint32_t file) noexcept
      : checkpoint_(&checkpoint), file_(file), first_tensor_(checkpoint.tensors.size()) {}

  std::uint32_t add_stretch(const Stretch& stretch);

  /// Adds `tensor`, of which everything is known but where it is, to the checkpoint. Its bytes begin at
  /// `first_byte` of the stretch; without a layout they lie there as they should. Requires a deflated stretch
  /// to hold at most kMaxGatheredInflated bytes where there is a layout that reorders elements.
  void add(TensorInfo tensor, std::uint32_t stretch, std::uint64_t first_byte,
           std::optional<ElementLayout> layout = {});

  /// Adds `tensor`, which is the very same as one that was added as the checkpoint's `first`-th.
  void add_tied(TensorInfo tensor, std::size_t first);

  /// Completes tensors and content.
  std::shared_ptr<const Content> finish();

 private:
  void write_header();

  Checkpoint* checkpoint_;
  std::uint32_t file_;
  std::size_t first_tensor_;
  Content content_;
  std::vector<std::pair<std::size_t, std::size_t>> tied_;  ///< a tensor, and the one it is
  std::uint64_t end_ = 0;                                  ///< of the content so far, without the header
};

/// The content, read from `file`.
std::shared_ptr<const Source> open_content(std::shared_ptr<const Source> file,
                                           std::shared_ptr<const Content> content);

}  // namespace weightsieve::format
