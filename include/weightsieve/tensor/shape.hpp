// The dimensions of a tensor, outermost first. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weightsieve {

using Shape = std::vector<std::uint64_t>;

/// Elements of a tensor of this shape (1 for a scalar), or nothing when the number does not fit 64 bits. A
/// dimension of 0 makes it 0, wherever it stands.
std::optional<std::uint64_t> element_count(const Shape& shape) noexcept;

/// The shape without its dimensions of 1.
Shape squeezed(const Shape& shape);

/// As Python prints a tuple: "(50265, 1024)", "(1024,)", "()".
std::string to_string(const Shape& shape);

}  // namespace weightsieve
