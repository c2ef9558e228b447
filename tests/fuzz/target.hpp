// What is fuzzed: each parser of bytes that somebody else wrote, alone.
//
// A target takes any bytes and either reads them or throws Error{malformed}; whatever else happens is a
// finding. New parsers get a target here and a row in targets.cpp. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::test {

struct FuzzTarget {
  std::string_view name;
  void (*read)(Bytes input);
  std::vector<std::string> (*seeds)();  ///< good inputs, made anew
};

/// Reads `input`. Throws std::logic_error when the answer is not one that the contract allows: an Error of
/// another kind, without a rule, or at an offset outside `input`.
void run_target(const FuzzTarget& target, Bytes input);

/// Requires `condition` of what was read; throws std::logic_error with `what`.
void require(bool condition, const char* what);

std::span<const FuzzTarget* const> fuzz_targets() noexcept;

std::shared_ptr<const Source> source_of(Bytes input);
/// Views all of it, in pieces, up to a limit from either end.
void read_some(const Source& source);

extern const FuzzTarget kFileTarget;
extern const FuzzTarget kSafetensorsTarget;
extern const FuzzTarget kShardIndexTarget;
extern const FuzzTarget kPickleTarget;
extern const FuzzTarget kTorchZipTarget;
extern const FuzzTarget kTorchLegacyTarget;
extern const FuzzTarget kDcpMetadataTarget;
extern const FuzzTarget kZipTarget;
extern const FuzzTarget kGgufTarget;
extern const FuzzTarget kNpyTarget;
extern const FuzzTarget kNpzTarget;
extern const FuzzTarget kOnnxTarget;
extern const FuzzTarget kDeflateTarget;
extern const FuzzTarget kPackedShardTarget;
extern const FuzzTarget kChunkTarget;
extern const FuzzTarget kSeekableZstdTarget;
extern const FuzzTarget kManifestTarget;
extern const FuzzTarget kProfileTarget;

}  // namespace weightsieve::test
