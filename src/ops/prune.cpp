#include "weightsieve/ops/prune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <memory>

#include "ops/encoded_sizes.hpp"
#include "ops/file_digests.hpp"
#include "ops/name_patterns.hpp"
#include "ops/open_alike.hpp"
#include "ops/unselected.hpp"
#include "ops/write_checkpoint.hpp"
#include "weightsieve/engine/crew.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/io/sha256.hpp"
#include "weightsieve/prune/predict_prune.hpp"

namespace weightsieve {
namespace {

/// Each pass anew counts its bytes from 0; what it is for is said beside them.
PassControl pass_control(const RunControl& control, std::string_view pass) {
  ProgressSink named = [&control, pass](Progress progress) {
    progress.pass = pass;
    if (control.progress) control.progress(progress);
  };
  return {control.threads != 0 ? control.threads : available_threads(), std::move(named), control.cancel,
          control.team};
}

constexpr std::string_view kDeciding = "finding thresholds";
constexpr std::string_view kCounting = "counting what goes";

std::string joined(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns)
    text += fmt::format("{}:{}", pattern.size(), pattern);
  return text;
}

/// The factors themselves, wherever the file lies.
std::string scale_described(const PruneOptions& options, const CancelToken* cancel) {
  std::string text = "-";
  if (options.score_scale.empty()) return text;
  for (const CheckpointFile& file : open_checkpoint(options.score_scale).files)
    text += sha256_stepwise(*open_source(file.path, IoMode::automatic),
                            [cancel](std::uint64_t) { stop_if_cancelled(cancel); });
  return text;
}

/// Everything that the pruned bytes depend on beside the input, on one line.
std::string described(const PruneRequest& request, std::size_t level, const CancelToken* cancel) {
  const PruneOptions& options = request.options;
  std::string text = fmt::format("prune {} {} {} {}/{} {} {} {} {} {} {}", static_cast<int>(options.method),
                                 static_cast<int>(options.scope), static_cast<int>(request.select),
                                 options.nm.zeros, options.nm.of, static_cast<int>(options.nm_axis),
                                 options.seed, scale_described(options, cancel), request.pattern,
                                 joined(request.filter.include), joined(request.filter.exclude));
  if (level < options.amounts.size()) {
    const PruneAmount& amount = options.amounts[level];
    text +=
        amount.count ? fmt::format(" count {}", *amount.count) : fmt::format(" share {}", amount.sparsity);
  }
  return sha256_of(std::as_bytes(std::span(text)));
}

/// Of how much content the size is predicted beside a real write: enough to see whether the prediction of
/// a table would have held, and soon done.
constexpr std::uint64_t kPreviewBytes = std::uint64_t{128} << 20;

/// N:M has no amounts; its one level is the share that the pattern zeroes.
void name_pattern_level(PruneTable& table, const PruneOptions& options) {
  if (options.method != PruneMethod::nm) return;
  for (PruneTableLevel& level : table.levels)
    level.sparsity = static_cast<double>(options.nm.zeros) / options.nm.of;
}

WrittenCheckpoint as_written(const WriteResult& result) {
  WrittenCheckpoint written{result.folder, std::string(to_string(result.encoding)), result.already_complete};
  for (const ManifestFile& file : result.files)
    written.files.push_back({file.name, file.bytes, file.content_bytes, file.content_name.empty()});
  return written;
}

/// The results, when an earlier run wrote all of them to their end. (Of a team rank 0 has them.)
std::optional<std::vector<WriteResult>> find_all_written(const std::vector<WriteTask>& tasks,
                                                         const WriteOptions& options,
                                                         const RunControl& control) {
  std::vector<WriteResult> results;
  const auto is_written = [&](const WriteTask& task) {
    auto written = find_written(task, options, control);
    if (written) results.push_back(std::move(*written));
    return written.has_value();
  };
  const auto told = on_first(
      control.team, [&] { return std::vector(1, std::byte{std::ranges::all_of(tasks, is_written)}); });
  if (told.front() == std::byte{0}) return std::nullopt;
  return results;
}

/// What prediction and writing begin with: the checkpoint, and which of its tensors are pruned.
class Pruning {
 public:
  Pruning(const std::string& path, const PruneRequest& request, const RunControl& control)
      : request_(request),
        control_(control),
        filter_(request.filter),
        input_(open_input_alike(path, control)) {
    select();
    require_selected(path, request, selection_);
  }

  const Checkpoint& checkpoint() const noexcept { return input_->checkpoint; }
  SourcePool& files() noexcept { return input_->files; }

  PrunePlan plan() {
    return plan_prune(checkpoint(), files(), selection_, request_.options, pass_control(control_, kDeciding));
  }

  PruneTable predict(const PrunePlan& plan) {
    PruneTable table =
        predict_prune(plan, request_.options.amounts, files(), pass_control(control_, kCounting));
    name_pattern_level(table, request_.options);
    table.not_selected = find_unselected(checkpoint(), request_, selection_, filter_);
    for (const TensorInfo& tensor : checkpoint().tensors)
      if (tensor.role == Role::parameter) table.parameters += tensor.elements;
    return table;
  }

 private:
  void select() {
    const NamePatterns pattern({{request_.pattern}, {}});
    selection_ = select_for_pruning(checkpoint(), request_.select,
                                    [&](std::string_view name) { return pattern.keep(name); });
    std::erase_if(selection_.tensors,
                  [&](std::size_t i) { return !filter_.keep(checkpoint().tensors[i].name); });
    std::erase_if(selection_.left_alone,
                  [&](const SkippedTensor& skipped) { return !filter_.keep(skipped.name); });
  }

  const PruneRequest& request_;
  const RunControl& control_;
  NamePatterns filter_;
  std::unique_ptr<OpenedInput> input_;
  PruneSelection selection_;
};

}  // namespace

PruneTable predict_pruning(const std::string& path, const PruneRequest& request, int zstd_level,
                           const RunControl& control) {
  Pruning pruning(path, request, control);
  const PrunePlan plan = pruning.plan();
  PruneTable table = pruning.predict(plan);
  measure_sizes(table, plan, pruning.files(), {.encoding = {}, .zstd_level = zstd_level}, control);
  together(control.team, [&] { pruning.files().check_unchanged(); });
  return table;
}

PruneResult prune_checkpoint(const std::string& path, const std::vector<std::string>& folders,
                             const PruneRequest& request, const WriteOptions& options,
                             const RunControl& control) {
  Pruning pruning(path, request, control);
  std::vector<WriteTask> tasks;
  for (std::size_t level = 0; level < folders.size(); ++level) {
    tasks.push_back({pruning.checkpoint(), pruning.files(), path, folders[level],
                     described(request, level, control.cancel)});
    tasks.back().verb = "prune";
  }
  PruneResult result;
  if (auto finished = find_all_written(tasks, options, control)) {
    for (const WriteResult& written : *finished)
      result.table.written.push_back(as_written(written));
    result.checkpoints = std::move(*finished);
    return result;
  }
  const PrunePlan plan = pruning.plan();
  assert(folders.size() == plan.levels());
  result.table = pruning.predict(plan);
  measure_sizes(result.table, plan, pruning.files(),
                {.encoding = options.encoding, .zstd_level = options.level, .sized_bytes = kPreviewBytes},
                control);
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    tasks[level].prune = PruneLevel{&plan, level};
    if (plan.levels() > 1) tasks[level].pass = fmt::format("writing {} of {}", level + 1, plan.levels());
    WriteResult written = write_checkpoint(tasks[level], options, control);
    result.table.levels[level].measured =
        MeasuredWrite{std::string(to_string(options.encoding)), written.written_bytes, written.write_seconds,
                      written.restore_seconds};
    result.table.written.push_back(as_written(written));
    result.checkpoints.push_back(std::move(written));
  }
  return result;
}

}  // namespace weightsieve
