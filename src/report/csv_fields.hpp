// The statistics of a tensor or of several as the fields of a table, each under its heading. Pure functions;
// any thread.
#pragma once

#include <string>
#include <vector>

#include "report/rows.hpp"

namespace weightsieve {

/// As many as statistics_fields() gives.
std::vector<std::string> statistics_headings(const StatsOptions& options);

/// What does not exist is empty; all of it where no tensor has statistics.
std::vector<std::string> statistics_fields(TensorSpan tensors, const StatsOptions& options);

/// A scale of blocks by name, "block_scale.d", and its statistics_fields().
struct ScaleFields {
  std::string scale;
  std::vector<std::string> fields;
};

/// Of a tensor that is stored in blocks; none of several tensors.
std::vector<ScaleFields> scale_fields(TensorSpan tensors, const StatsOptions& options);

}  // namespace weightsieve
