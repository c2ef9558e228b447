// From the chunks of a tensor in a distributed checkpoint to where its elements lie. Pure functions; any
// thread.
#pragma once

#include <vector>

#include "format/content.hpp"
#include "format/dcp_files.hpp"

namespace weightsieve::format {

/// Chunks that are runs of the tensor's elements follow each other, read in place; any others are boxes of
/// one layout. Requires that all were read. Nothing for chunks of different byte orders, which no layout has.
std::optional<std::vector<Elements>> elements_of(const DcpTensor& tensor, const DcpFiles& files);

}  // namespace weightsieve::format
