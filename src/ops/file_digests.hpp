// SHA-256 of whole files, several side by side.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/engine/crew.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {

/// Of a file that stays as it is meanwhile; `step` is called with the bytes that were read since.
std::string sha256_stepwise(const Source& file, const std::function<void(std::uint64_t)>& step);

/// Fills in the SHA-256 of those of `files`, which lie in `folder`, that have none. Of a team rank 0 has the
/// files, and all ranks read. Throws Error{cancelled}, and what reading throws.
void add_digests(std::vector<ManifestFile>& files, const std::string& folder, IoMode io, const Crew& crew,
                 const ProgressSink& sink);

}  // namespace weightsieve
