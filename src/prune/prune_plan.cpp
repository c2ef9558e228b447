#include "weightsieve/prune/prune_plan.hpp"

#include <algorithm>

#include "prune/group_decision.hpp"
#include "prune/key_source.hpp"
#include "prune/lines_decision.hpp"
#include "prune/nm_decision.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace prune {
namespace {

using Decisions = std::vector<std::shared_ptr<const Decision>>;

/// Those of the tensors that have rows or columns to rank; the others join `left_alone`.
std::vector<std::size_t> with_lines(const Checkpoint& checkpoint, const std::vector<std::size_t>& tensors,
                                    PruneMethod method, std::vector<SkippedTensor>& left_alone) {
  std::vector<std::size_t> kept;
  for (const std::size_t tensor : tensors) {
    const TensorInfo& info = checkpoint.tensors[tensor];
    if (const auto reason = why_no_lines(info, method)) {
      left_alone.push_back({info.name, *reason});
    } else {
      kept.push_back(tensor);
    }
  }
  return kept;
}

bool by_lines(PruneMethod method) { return method == PruneMethod::rows || method == PruneMethod::columns; }

void check_options(const PruneOptions& options) {
  if (options.method != PruneMethod::nm && options.amounts.empty())
    throw Error(ErrorCode::usage, "how much to prune is not said");
  if (options.score_scale.empty()) return;
  if (options.method != PruneMethod::magnitude || options.scope != PruneScope::row)
    throw Error(ErrorCode::usage, "scaled magnitudes are compared within rows: they need the scope row");
}

std::shared_ptr<const KeySource> keys_for(const PruneOptions& options,
                                          std::span<const TensorInfo* const> tensors) {
  if (!options.score_scale.empty()) return scaled_keys(options.score_scale, tensors);
  return options.method == PruneMethod::random ? random_keys(options.seed) : magnitude_keys();
}

Decisions decide(const PassContext& context, std::span<const TensorInfo* const> tensors,
                 const PruneOptions& options) {
  if (options.method == PruneMethod::nm) return {decide_nm(options.nm, options.nm_axis)};
  if (by_lines(options.method)) return decide_lines(context, tensors, options);
  return decide_in_groups(context, tensors, options, keys_for(options, tensors));
}

}  // namespace
}  // namespace prune

PrunePlan::PrunePlan(const Checkpoint& checkpoint, const PruneSelection& selection, PruneMethod method)
    : checkpoint_(&checkpoint), tensors_(selection.tensors), left_alone_(selection.left_alone) {
  if (prune::by_lines(method)) tensors_ = prune::with_lines(checkpoint, tensors_, method, left_alone_);
  for (const std::size_t tensor : tensors_)
    elements_ += checkpoint.tensors[tensor].elements;
}

std::optional<std::size_t> PrunePlan::ordinal(std::size_t tensor) const noexcept {
  const auto at = std::ranges::lower_bound(tensors_, tensor);
  if (at == tensors_.end() || *at != tensor) return std::nullopt;
  return static_cast<std::size_t>(at - tensors_.begin());
}

std::optional<double> PrunePlan::threshold(std::size_t level, std::size_t tensor) const {
  const auto at = ordinal(tensor);
  return at ? decisions_[level]->threshold(*at) : std::nullopt;
}

PrunePlan plan_prune(const Checkpoint& checkpoint, SourcePool& files, const PruneSelection& selection,
                     const PruneOptions& options, const PassControl& control) {
  prune::check_options(options);
  PrunePlan plan(checkpoint, selection, options.method);
  std::vector<const TensorInfo*> tensors;
  for (const std::size_t tensor : plan.tensors_)
    tensors.push_back(&checkpoint.tensors[tensor]);
  plan.decisions_ = prune::decide({&files, &control}, tensors, options);
  return plan;
}

}  // namespace weightsieve
