#include "weightsieve/codec/rules.hpp"

#include <array>

namespace weightsieve {

std::span<const Rule> codec_rules() noexcept {
  using namespace rules;
  static constexpr std::array all{
      kChunkTruncated, kChunkHash,   kChunkElements, kChunkHeader,   kChunkPlane,    kChunkZstd,
      kChunkMask,      kChunkValues, kChunkTrailing, kPackedTrailer, kPackedVersion, kPackedIndex,
      kPackedHeader,   kPackedName,  kPackedFrame,   kSeekFooter,    kSeekTable,     kSeekCover,
      kSeekFrameSize,  kSeekFrame,   kSeekChecksum,  kDeflate,       kDeflateSize,   kDeflateCrc,
  };
  return all;
}

}  // namespace weightsieve
