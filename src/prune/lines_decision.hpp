// Whole rows or columns of a tensor go: those of least L2 norm, of equal ones the first.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "prune/decision.hpp"
#include "prune/pass.hpp"

namespace weightsieve::prune {

/// How the rows (columns) of a tensor lie: element i is of line i / stride % count.
struct Lines {
  std::uint64_t stride = 1;
  std::uint64_t count = 1;
};

/// Requires at least two dimensions and elements.
Lines lines_of(const TensorInfo& tensor, PruneMethod method);

/// Why a tensor has no rows or columns that could be ranked; nothing when it has.
std::optional<std::string> why_no_lines(const TensorInfo& tensor, PruneMethod method);

/// One decision a level. Of each tensor as many lines go as an amount says of their number; lines that hold a
/// NaN or an infinity never do. Reads the tensors once. Requires tensors that have lines, or no elements.
std::vector<std::shared_ptr<const Decision>> decide_lines(const PassContext& context,
                                                          std::span<const TensorInfo* const> tensors,
                                                          const PruneOptions& options);

}  // namespace weightsieve::prune
