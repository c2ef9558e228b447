// The options that verbs share, and what they become: plain values for the library and the outputs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/option_table.hpp"
#include "cli/outputs.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/stats/options.hpp"

namespace weightsieve::cli {

/// What every verb takes.
struct CommonOptions {
  RunControl control;
  NameFilter filter;
  OutputRequest output;
  bool quiet = false;
  bool verbose = false;
  bool isa_chosen = false;  ///< by --isa, whatever the environment says
  std::vector<std::string> paths;
};

/// Which numbers are asked for, on top of the defaults.
struct StatsRequest {
  std::vector<std::pair<double, double>> intervals;  ///< none: the defaults
  std::vector<double> quantiles;                     ///< none: the defaults
  bool exact = false;
  StatsOptions stats;

  /// The statistics options with the above put in; throws Error{usage} for a contradiction.
  StatsOptions options() const;
};

/// --include-optimizer, for verbs that only read.
void add_optimizer_option(OptionTable& table, NameFilter& filter);

/// `columns`: what --sort may take.
void add_inventory_options(OptionTable& table, ReportOptions& report,
                           std::span<const std::string_view> columns);
void add_view_option(OptionTable& table, ReportOptions& report);
void add_shown_statistics(OptionTable& table, StatsRequest& request);
void add_statistics_options(OptionTable& table, StatsRequest& request);

/// Adds the common options to `table`, parses and checks. False when --help or --version was asked for and
/// has been answered. Throws Error{usage}, which ends in a hint at the verb's help.
bool parse_options(const Verb& verb, OptionTable& table, const Arguments& arguments, CommonOptions& common);

/// Refuses what no report can follow, and what the outputs that are asked for would ignore.
void check_report(const CommonOptions& common, const ReportOptions& report);

/// Refuses what a title for one checkpoint cannot be: several checkpoints' title.
void require_one_path_for_name(const CommonOptions& common, const ReportOptions& report);

/// "weightsieve 0.1.0 (avx2)": the version and the instruction set in force.
std::string version_text();

}  // namespace weightsieve::cli
