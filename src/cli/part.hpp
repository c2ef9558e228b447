// profile --part: one of several processes that profile a checkpoint together.
#pragma once

#include <optional>
#include <string>

#include "cli/profile_report.hpp"
#include "weightsieve/engine/share.hpp"
#include "weightsieve/ops/profile_journal.hpp"

namespace weightsieve::cli {

/// "I/N" with I from 0 to N - 1, or "slurm": this task's place in the job array that it runs in, whatever
/// the array's first index and step. Throws Error{usage}.
ShareOf parse_part(const std::string& text);

void add_part_option(OptionTable& table, std::optional<ShareOf>& part);

/// Profiles that part of the one PATH into the one -o FILE.
int run_part(const ShareOf& part, const StatsOptions& stats, const CommonOptions& common,
             const ProfileReport& report, ProfileJournal* journal);

}  // namespace weightsieve::cli
