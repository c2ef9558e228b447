// What pack, unpack and prune wrote, in each format.
#pragma once

#include "weightsieve/ops/pack.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve::cli {

/// A row a file, and what they add up to. Sizes are those of the files; `content` is what they stand for.
void write_result(const WriteResult& result, Format format, const TextSink& sink);

}  // namespace weightsieve::cli
