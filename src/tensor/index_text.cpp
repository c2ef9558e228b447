#include "weightsieve/tensor/index_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weightsieve {

std::string index_text(const Shape& shape, std::uint64_t flat_index) {
  if (shape.size() < 2 || element_count(shape) == 0) return fmt::format("[{}]", flat_index);
  Shape index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 1; flat_index /= shape[axis])
    index[axis] = flat_index % shape[axis];
  index[0] = flat_index;
  return fmt::format("[{}]", fmt::join(index, ", "));
}

}  // namespace weightsieve
