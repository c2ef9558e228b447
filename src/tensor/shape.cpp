#include "weightsieve/tensor/shape.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "weightsieve/base/checked.hpp"

namespace weightsieve {

std::optional<std::uint64_t> element_count(const Shape& shape) noexcept {
  if (std::ranges::find(shape, 0u) != shape.end()) return 0;
  std::optional<std::uint64_t> count = 1;
  for (const std::uint64_t dimension : shape) {
    count = checked_mul(*count, dimension);
    if (!count) return std::nullopt;
  }
  return count;
}

Shape squeezed(const Shape& shape) {
  Shape kept;
  std::ranges::copy_if(shape, std::back_inserter(kept),
                       [](std::uint64_t dimension) { return dimension != 1; });
  return kept;
}

std::string to_string(const Shape& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

}  // namespace weightsieve
