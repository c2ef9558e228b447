// The parts of a report on pruning: what text and markdown say alike, and the JSON document. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/report/prune_report.hpp"

namespace weightsieve {

/// "90 %", "1,000 elements".
std::string level_name(const PruneTableLevel& level);

/// What was not selected, what was hit hardest, what nothing is left of: a line each, safe to print.
std::vector<std::string> prune_remarks(const PruneTable& table);

/// A line a file, indented behind one for the folder.
std::vector<std::string> written_lines(const WrittenCheckpoint& written);

void write_prune_json(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink);

}  // namespace weightsieve
