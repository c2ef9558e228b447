#include "cli/titles.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace weightsieve::cli {
namespace {

namespace fs = std::filesystem;

/// Links are not followed: those of a model hub's cache lead to files that are called by their hash.
fs::path whole_path(const std::string& path) {
  std::error_code ignored;
  const fs::path whole = fs::absolute(path, ignored).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

std::size_t folders_above(const fs::path& path) {
  const fs::path parent = path.parent_path().relative_path();
  return static_cast<std::size_t>(std::distance(parent.begin(), parent.end()));
}

/// The last `folders` of the folders that the path lies in, and `name`.
std::string title_below(const fs::path& path, std::size_t folders, const std::string& name) {
  const fs::path parent = path.parent_path().relative_path();
  fs::path title;
  auto at = parent.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(folders_above(path) - std::min(folders, folders_above(path))));
  for (; at != parent.end(); ++at)
    title /= *at;
  return (title / name).string();
}

/// One way to call the paths of one name.
struct Naming {
  std::size_t folders;
  bool whole_file_name;

  std::string operator()(const fs::path& path, const std::string& name) const {
    return title_below(path, folders, whole_file_name ? path.filename().string() : name);
  }
};

bool tells_apart(const Naming& naming, const std::set<fs::path>& paths, const std::string& name) {
  std::set<std::string> titles;
  return std::ranges::all_of(paths,
                             [&](const fs::path& path) { return titles.insert(naming(path, name)).second; });
}

/// The shortest that tells the paths apart; whole paths do.
Naming naming_of(const std::set<fs::path>& paths, const std::string& name) {
  if (paths.size() == 1) return {0, false};
  for (std::size_t folders = 0;; ++folders)
    for (const bool whole_file_name : {folders == 0, true}) {
      const Naming naming{folders, whole_file_name};
      if (tells_apart(naming, paths, name)) return naming;
    }
}

}  // namespace

std::vector<std::string> distinct_titles(const std::vector<NamedPath>& checkpoints) {
  std::map<std::string, std::set<fs::path>> paths_of;
  for (const NamedPath& checkpoint : checkpoints)
    paths_of[checkpoint.name].insert(whole_path(checkpoint.path));
  std::vector<std::string> titles;
  titles.reserve(checkpoints.size());
  for (const NamedPath& checkpoint : checkpoints) {
    const Naming naming = naming_of(paths_of[checkpoint.name], checkpoint.name);
    const bool alone = paths_of[checkpoint.name].size() == 1;
    titles.push_back(alone ? checkpoint.name : naming(whole_path(checkpoint.path), checkpoint.name));
  }
  return titles;
}

}  // namespace weightsieve::cli
