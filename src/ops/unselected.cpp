#include "ops/unselected.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

std::string_view why_unselected(const TensorInfo& tensor, PruneSelect select) {
  if (select == PruneSelect::weights) return "names that do not end in weight";
  if (select == PruneSelect::matching) return "names that --select does not match";
  if (squeezed(tensor.shape).size() < 2) return "vectors and scalars";
  return "embeddings and heads";
}

std::string_view select_word(PruneSelect select) {
  if (select == PruneSelect::weights) return "weights (parameters whose name ends in weight)";
  if (select == PruneSelect::all) return "all (every parameter)";
  return "matrices (two or more dimensions, no embeddings or heads)";
}

std::string asked_for(const PruneRequest& request) {
  std::string text = request.select == PruneSelect::matching
                         ? fmt::format("--select {}", request.pattern)
                         : fmt::format("--select {}", select_word(request.select));
  if (!request.filter.include.empty())
    text += fmt::format(" --include {}", fmt::join(request.filter.include, ", "));
  if (!request.filter.exclude.empty())
    text += fmt::format(" --exclude {}", fmt::join(request.filter.exclude, ", "));
  return text;
}

/// As whoever converts a checkpoint asks for. A pattern that no name matches is a misspelt one all the same.
bool prunes_nothing(const PruneRequest& request) {
  const auto is_none = [](const PruneAmount& amount) {
    return amount.count.value_or(0) == 0 && amount.sparsity == 0;
  };
  return request.options.method != PruneMethod::nm && request.select != PruneSelect::matching &&
         request.filter.include.empty() && !request.options.amounts.empty() &&
         std::ranges::all_of(request.options.amounts, is_none);
}

}  // namespace

std::vector<UnselectedParameters> find_unselected(const Checkpoint& checkpoint, const PruneRequest& request,
                                                  const PruneSelection& selection,
                                                  const NamePatterns& filter) {
  std::set<std::string_view> left_alone;
  for (const SkippedTensor& tensor : selection.left_alone)
    left_alone.insert(tensor.name);
  std::vector<UnselectedParameters> unselected;
  for (std::size_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const TensorInfo& tensor = checkpoint.tensors[i];
    const bool taken = std::ranges::binary_search(selection.tensors, i) || left_alone.contains(tensor.name);
    if (tensor.role != Role::parameter || taken) continue;
    const std::string_view reason = filter.keep(tensor.name) ? why_unselected(tensor, request.select)
                                                             : "names that --include and --exclude leave out";
    auto at = std::ranges::find(unselected, reason, &UnselectedParameters::reason);
    if (at == unselected.end()) at = unselected.insert(at, {std::string(reason), 0, {}});
    at->elements += tensor.elements;
    at->tensors.push_back(tensor.name);
  }
  std::ranges::stable_sort(unselected, std::greater(), &UnselectedParameters::elements);
  return unselected;
}

void require_selected(const std::string& path, const PruneRequest& request, const PruneSelection& selection) {
  if (!selection.tensors.empty() || prunes_nothing(request)) return;
  if (!selection.left_alone.empty())
    throw Error(
        ErrorCode::usage,
        fmt::format("nothing to prune: {} of {} cannot be pruned ({}: {})",
                    selection.left_alone.size() == 1 ? "the one tensor" : "all tensors", asked_for(request),
                    selection.left_alone.front().name, selection.left_alone.front().reason),
        {.file = path});
  throw Error(ErrorCode::usage,
              fmt::format("nothing to prune: {} takes none of the parameters; {}", asked_for(request),
                          how_to_list_names(path)),
              {.file = path});
}

}  // namespace weightsieve
