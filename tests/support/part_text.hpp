// The bytes of one part of a profile, with default options.
#pragma once

#include <string>

#include "weightsieve/ops/partial_profile.hpp"

namespace weightsieve::test {

inline std::string part_of(const std::string& path, const ShareOf& part, const RunControl& control,
                           ProfileJournal* journal) {
  static const StatsOptions stats;
  static const NameFilter filter;
  std::string text;
  profile_part(
      path, part, stats, filter, control, [&text](std::string_view piece) { text += piece; }, journal);
  return text;
}

}  // namespace weightsieve::test
