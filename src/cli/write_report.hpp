// What pack, unpack and prune wrote, in each format.
#pragma once

#include "weightsieve/ops/pack.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve::cli {

/// A row a file, and what they add up to. Sizes are those of the files; `content` is what they stand for.
/// `timing`: with the times, for which CSV has no place.
void write_result(const WriteResult& result, Format format, bool timing, const TextSink& sink);

}  // namespace weightsieve::cli
