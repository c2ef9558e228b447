// The columns of a pruning table: text, markdown and CSV walk the same. Pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "weightsieve/report/prune_report.hpp"

namespace weightsieve {

/// One figure of a level, or of one tensor at a level.
struct PruneColumn {
  std::string heading;                            ///< for people
  std::string field;                              ///< for programs
  std::function<std::string(std::size_t)> shown;  ///< of a row, rounded
  std::function<std::string(std::size_t)> exact;  ///< of a row, in full
  int importance = 0;
  bool for_programs = false;  ///< says people nothing new
};

/// A row a level: what goes, what stays, the sizes and, where it was written, what was measured.
std::vector<PruneColumn> level_columns(const PruneTable& table, const PruneReportOptions& options);

/// A row a tensor, at one level.
std::vector<PruneColumn> tensor_columns(const PruneTable& table, std::size_t level);

}  // namespace weightsieve
