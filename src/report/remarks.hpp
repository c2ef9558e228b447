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

/// The sections that are not empty. The same remark about many tensors is one line, their names folded.
std::vector<RemarkSection> remark_sections(const CheckpointProfile& profile);

}  // namespace weightsieve
