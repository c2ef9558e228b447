// What `verify` found, in each format.
#pragma once

#include <string>

#include "weightsieve/ops/verify.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve::cli {

/// Writes the verdict on the checkpoint at `path`, as the user named it: in text one line when all is well.
/// `first`: nothing stands before it, so CSV begins with its heading.
void write_verification(const std::string& path, const Verification& verification, Format format, bool first,
                        const TextSink& sink);

}  // namespace weightsieve::cli
