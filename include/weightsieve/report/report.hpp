// Results as people and programs read them: one checkpoint's profile, or several ranked by size.
// Every format walks the same tables; names from files are made harmless on the way. Free functions, any
// thread. Output goes to the sink in pieces, in order, and is the same bytes in every locale.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/text.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

enum class Format : std::uint8_t { text, markdown, json, csv, html };

/// "text", "markdown", "json", "csv", "html"; nothing for another name.
std::optional<Format> format_from_name(std::string_view name) noexcept;

std::string_view to_string(Format format) noexcept;

/// The format that a file's ending asks for: .txt, .md or .markdown, .json, .csv, .html or .htm; nothing for
/// another.
std::optional<Format> format_from_path(std::string_view path) noexcept;

enum class View : std::uint8_t {
  summary,   ///< inventory, and statistics where the profile has them
  sparsity,  ///< the share of values outside each interval, overall and layer by layer
  findings   ///< what deserves attention, and nothing else
};

struct ReportOptions {
  View view = View::summary;
  std::string name{};       ///< of the checkpoint in titles; empty: the profile's own
  std::string rank_page{};  ///< markdown: the ranking page to link to; empty: no link
  bool all = false;         ///< text: every tensor in a row of its own
  /// These three arrange the layers in every table of text, markdown and CSV; buffers have a table of their
  /// own that they leave as it is, and no rows in an arranged CSV.
  std::string sort{};  ///< one of sort_columns(), also with ":asc" or ":desc"; empty: file order
  std::optional<std::uint64_t> top{};  ///< only so many rows; without `sort`: the largest (sparsity: densest)
  std::optional<unsigned> group_by{};  ///< one row for layers that agree in so many leading parts of the name
  unsigned width = 0;                  ///< columns of the terminal that text goes to; 0: as wide as it gets
  bool color = false;                  ///< text: with terminal colours
  bool tidy = false;       ///< CSV: a row a statistic instead of a row a tensor (Wickham, "Tidy data", 2014)
  bool continued = false;  ///< CSV: without its heading, because a report of the same columns precedes
};

/// What `sort` takes: "name" ascends, all others descend unless told. Columns of statistics place tensors
/// that lack them last.
std::span<const std::string_view> sort_columns() noexcept;

/// Those of them that need no statistics.
std::span<const std::string_view> inventory_sort_columns() noexcept;

/// Throws Error{usage} for options that no report can follow, so that it is known before the work starts.
void check_options(const ReportOptions& options);

/// Writes the profile in `format`. Time is near-linear in the tensors (sorting apart). Throws Error{usage}
/// for what check_options() refuses, and for a view or column of statistics when the profile has none. JSON
/// is the profile file, whole and in file order, whatever the options.
void write_report(const CheckpointProfile& profile, Format format, const ReportOptions& options,
                  const TextSink& sink);

/// One line of a ranking.
struct RankedCheckpoint {
  std::string name;
  std::uint64_t layers = 0;
  std::uint64_t parameters = 0;  ///< elements
  std::uint64_t parameter_bytes = 0;
};

/// Writes the checkpoints in order of their parameters' bytes, largest first, ties by name. `top`, `width`
/// and `color` of the options count.
void write_ranking(std::vector<RankedCheckpoint> checkpoints, Format format, const ReportOptions& options,
                   const TextSink& sink);

}  // namespace weightsieve
