// The tensors of a comparison and the figures of each: text, markdown and CSV walk the same columns. Pure
// functions; rows and columns point into the comparison they are made of.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "weightsieve/report/comparison_report.hpp"

namespace weightsieve {

/// A pair, or a tensor that only one of the checkpoints has.
struct ComparisonRow {
  std::string_view status;  ///< "different", "renamed", "removed", …
  const TensorProfile* a = nullptr;
  const TensorProfile* b = nullptr;
  const TensorPair* pair = nullptr;

  const TensorInfo& info() const { return a != nullptr ? a->info : b->info; }
  const ValueDiff* values() const { return pair != nullptr && pair->values ? &*pair->values : nullptr; }
};

using ComparisonRows = std::vector<ComparisonRow>;

/// The pairs that differ, arranged as asked.
ComparisonRows different_pairs(const ProfileDiff& diff, const ComparisonReportOptions& options);

/// Every tensor of either checkpoint, arranged as asked.
ComparisonRows all_rows(const ProfileDiff& diff, const ComparisonReportOptions& options);

struct ComparisonColumn {
  std::string heading;                                     ///< for people; empty: for programs alone
  std::string field;                                       ///< for programs; empty: for people alone
  std::function<std::string(const ComparisonRow&)> shown;  ///< rounded; empty where there is nothing
  std::function<std::string(const ComparisonRow&)> exact;  ///< in full
  int importance = 0;
};

std::vector<ComparisonColumn> comparison_columns(const ProfileDiff& diff);

}  // namespace weightsieve
