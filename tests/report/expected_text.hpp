// Reports compared with the files of tests/report/expected/. Run the tests with WEIGHTSIEVE_UPDATE_EXPECTED=1
// to write these files anew, then read what changed.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "weightsieve/report/report.hpp"

namespace weightsieve {

inline std::string reported(const CheckpointProfile& profile, Format format,
                            const ReportOptions& options = {}) {
  std::string text;
  write_report(profile, format, options, [&text](std::string_view piece) { text += piece; });
  return text;
}

inline std::string ranked(const std::vector<RankedCheckpoint>& checkpoints, Format format,
                          const ReportOptions& options = {}) {
  std::string text;
  write_ranking(checkpoints, format, options, [&text](std::string_view piece) { text += piece; });
  return text;
}

inline void check_expected(const std::string& file, const std::string& text) {
  const std::string path = std::string(WEIGHTSIEVE_EXPECTED_DIR) + "/" + file;
  if (std::getenv("WEIGHTSIEVE_UPDATE_EXPECTED") != nullptr) std::ofstream(path, std::ios::binary) << text;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream expected;
  expected << stream.rdbuf();
  INFO("expected in " << path);
  CHECK(text == expected.str());
}

}  // namespace weightsieve
