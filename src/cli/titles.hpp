// Titles of checkpoints that stand side by side: very many are called "model". Pure function, any thread.
#pragma once

#include <string>
#include <vector>

namespace weightsieve::cli {

/// A checkpoint's own name, and the PATH that it was given as.
struct NamedPath {
  std::string name;
  std::string path;
};

/// A title each, in order: the name, and where PATHs of one name differ, what tells them apart: the file
/// names, else the nearest folders that do ("bert/model"). The same PATH twice keeps its name. Touches no
/// file.
std::vector<std::string> distinct_titles(const std::vector<NamedPath>& checkpoints);

}  // namespace weightsieve::cli
