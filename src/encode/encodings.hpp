// The rows of the table in encodings.cpp.
#pragma once

#include "weightsieve/encode/encoding.hpp"

namespace weightsieve::encode {

const ShardEncoding& dense() noexcept;
const ShardEncoding& zst() noexcept;
const ShardEncoding& packed() noexcept;

}  // namespace weightsieve::encode
