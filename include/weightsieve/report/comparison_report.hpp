// How two checkpoints compare, as people and programs read it. Free functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "weightsieve/profile/profile_diff.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

struct ComparisonReportOptions {
  std::string sort{};  ///< one of comparison_sort_columns(), also with ":asc" or ":desc"; empty: file order
  std::optional<std::uint64_t> top{};  ///< only so many tensors; without `sort` those that changed most
  unsigned width = 0;                  ///< columns of the terminal that text goes to; 0: as wide as it gets
  bool color = false;                  ///< text: with terminal colours
};

/// What `sort` takes: "name" and "cosine" ascend, all others descend unless told. Tensors that lack a figure
/// come last.
std::span<const std::string_view> comparison_sort_columns() noexcept;

/// Throws Error{usage} for options that no report can follow.
void check_options(const ComparisonReportOptions& options);

/// Writes the comparison: the verdict, what the checkpoints add up to, then the tensors that differ. CSV has
/// a row for every tensor, also those that are equal. JSON (schema weightsieve.comparison/1) holds
/// everything, in the order of A, whatever the options.
void write_comparison(const ProfileDiff& diff, Format format, const ComparisonReportOptions& options,
                      const TextSink& sink);

}  // namespace weightsieve
