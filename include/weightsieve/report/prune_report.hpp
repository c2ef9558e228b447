// What pruning does, as people and programs read it. Free functions, any thread.
#pragma once

#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

struct PruneReportOptions {
  std::string name{};      ///< of the checkpoint, for titles
  std::string how{};       ///< in which way it is pruned, for titles: "2:4 along the last axis"
  bool per_layer = false;  ///< text and markdown: a table of the tensors for each level; CSV: rows for them
  bool timing = false;     ///< with the times of what was written
  unsigned width = 0;      ///< columns of the terminal that text goes to; 0: as wide as it gets
  bool color = false;      ///< text: with terminal colours
};

/// Writes the table, a row a level. JSON (schema weightsieve.prune-table/1) holds everything, tensor by
/// tensor, whatever the options, but times only with `timing`.
void write_prune_table(const PruneTable& table, Format format, const PruneReportOptions& options,
                       const TextSink& sink);

}  // namespace weightsieve
