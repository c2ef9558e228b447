#include "weightsieve/format/rules.hpp"

#include <array>

namespace weightsieve {

std::span<const Rule> all_rules() noexcept {
  using namespace rules;
  static constexpr std::array all{
      kFormatUnknown,
      kFormatUnsupported,
      kNoCheckpoint,
      kLfsPointer,
      kHeaderTooSmall,
      kHeaderTooLarge,
      kHeaderLength,
      kUtf8,
      kStart,
      kJson,
      kDepth,
      kDuplicate,
      kMetadata,
      kEntry,
      kUnknownKey,
      kDtype,
      kShape,
      kOffsets,
      kOverlap,
      kHole,
      kOverflow,
      kMisaligned,
      kSize,
      kTruncated,
      kTrailing,
      kIndexTooLarge,
      kIndexUtf8,
      kIndexJson,
      kIndexDepth,
      kIndexMap,
      kIndexDuplicate,
      kIndexPath,
      kIndexTensorMissing,
      kIndexUnlisted,
      kIndexShadowed,
      kIndexTotalSize,
      kShardMissing,
      kShardNumber,
      kShardDuplicate,
      kShardSymlink,
  };
  return all;
}

}  // namespace weightsieve
