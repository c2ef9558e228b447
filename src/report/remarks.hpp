// What a report says at its end: tied tensors, findings, problems, skipped tensors. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

struct RemarkSection {
  std::string heading;
  bool warning;                    ///< whether it asks for attention
  std::vector<std::string> lines;  ///< safe to print
};

/// A finding about one tensor, or the same one about many whose names are folded. Safe to print.
struct FindingRow {
  std::string rule;
  std::string who;
  std::string message;
};

/// In the order of the rules, the gravest first; rules that are not known here come last.
std::vector<FindingRow> finding_rows(const CheckpointProfile& profile);

/// The sections that are not empty. The same remark about many tensors is one line, their names folded.
std::vector<RemarkSection> remark_sections(const CheckpointProfile& profile);

}  // namespace weightsieve
