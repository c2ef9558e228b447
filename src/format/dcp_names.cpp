#include "format/dcp_names.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "format/torch_names.hpp"

namespace weightsieve::format {
namespace {

using Path = std::vector<std::string>;

/// Paths of the dicts that hold an entry of this name.
std::set<Path> holders_of(std::string_view name, const DcpMetadata& metadata) {
  std::set<Path> holders;
  const auto look_at = [&](const Path& path) {
    for (auto at = path.begin(); at != path.end(); ++at)
      if (*at == name) holders.insert(Path(path.begin(), at));
  };
  for (const DcpTensor& tensor : metadata.tensors)
    look_at(tensor.path);
  for (const Path& path : metadata.bytes)
    look_at(path);
  return holders;
}

/// Dicts with the two entries that an optimizer's state has.
std::set<Path> optimizers_of(const DcpMetadata& metadata) {
  const std::set<Path> states = holders_of("state", metadata);
  const std::set<Path> groups = holders_of("param_groups", metadata);
  std::set<Path> both;
  std::ranges::set_intersection(states, groups, std::inserter(both, both.end()));
  return both;
}

/// Whether the outermost dict is one of training, with the model under a well-known name.
bool has_root(const DcpMetadata& metadata) {
  return std::ranges::any_of(metadata.tensors, [](const DcpTensor& tensor) {
    return tensor.path.size() > 1 && is_root_name(tensor.path.front());
  });
}

bool is_of_training(const Path& path, bool beside_root, const std::set<Path>& optimizers) {
  if (path.size() > 1 && is_optimizer_name(path.front())) return true;
  if (beside_root && is_training_name(path.front())) return true;
  for (std::size_t length = 0; !optimizers.empty() && length < path.size(); ++length)
    if (optimizers.contains(Path(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length))))
      return true;
  return false;
}

/// How many keys all paths begin with that say nothing: names of well-known entries.
std::size_t common_roots(const std::vector<const Path*>& paths) {
  if (paths.empty()) return 0;
  for (std::size_t depth = 0;; ++depth) {
    const bool goes_on = std::ranges::all_of(paths, [&](const Path* path) {
      return path->size() > depth + 1 && (*path)[depth] == (*paths.front())[depth];
    });
    if (!goes_on || !is_root_name((*paths.front())[depth])) return depth;
  }
}

std::string joined(const Path& path, std::size_t first) {
  std::string name;
  for (std::size_t i = first; i < path.size(); ++i) {
    if (i > first) name += '.';
    name += path[i];
  }
  return name.empty() ? "tensor" : name;
}

}  // namespace

std::vector<DcpName> dcp_names(const DcpMetadata& metadata, bool include_optimizer) {
  const std::set<Path> optimizers = optimizers_of(metadata);
  const bool beside_root = has_root(metadata);
  std::vector<DcpName> names;
  std::vector<const Path*> named;
  for (const DcpTensor& tensor : metadata.tensors) {
    names.push_back({{}, is_of_training(tensor.path, beside_root, optimizers)});
    if (include_optimizer || !names.back().of_training) named.push_back(&tensor.path);
  }
  const std::size_t roots = common_roots(named);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (include_optimizer || !names[i].of_training) names[i].name = joined(metadata.tensors[i].path, roots);
  return names;
}

}  // namespace weightsieve::format
