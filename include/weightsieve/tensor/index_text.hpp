// Where an element of a tensor stands, as people index it. A pure function.
#pragma once

#include <cstdint>
#include <string>

#include "weightsieve/tensor/shape.hpp"

namespace weightsieve {

/// The element of this flat index, as Python indexes: "[398, 88]"; of a scalar "[0]".
std::string index_text(const Shape& shape, std::uint64_t flat_index);

}  // namespace weightsieve
