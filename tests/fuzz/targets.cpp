#include <array>

#include "fuzz/target.hpp"

namespace weightsieve::test {

std::span<const FuzzTarget* const> fuzz_targets() noexcept {
  static constexpr std::array all{
      &kFileTarget,         &kSafetensorsTarget, &kShardIndexTarget, &kPickleTarget,      &kTorchZipTarget,
      &kTorchLegacyTarget,  &kDcpMetadataTarget, &kZipTarget,        &kGgufTarget,        &kNpyTarget,
      &kNpzTarget,          &kOnnxTarget,        &kDeflateTarget,    &kPackedShardTarget, &kChunkTarget,
      &kSeekableZstdTarget, &kManifestTarget,    &kProfileTarget};
  return all;
}

}  // namespace weightsieve::test
