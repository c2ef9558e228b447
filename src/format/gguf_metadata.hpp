// The entries of a GGUF file's metadata: all are checked, few are kept. One thread.
#pragma once

#include "format/gguf_header.hpp"
#include "format/gguf_input.hpp"

namespace weightsieve::format {

/// Reads their number and then all of them; keeps in `header` what they say of alignment and parts.
void read_gguf_metadata(const Source& source, GgufInput& input, GgufHeader& header, ProblemLog& problems);

}  // namespace weightsieve::format
