#include "weightsieve/ops/prune.hpp"

#include <fmt/format.h>

#include <cassert>
#include <chrono>

#include "ops/encoded_sizes.hpp"
#include "ops/name_patterns.hpp"
#include "ops/write_checkpoint.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/io/sha256.hpp"
#include "weightsieve/ops/verify.hpp"
#include "weightsieve/prune/predict_prune.hpp"

namespace weightsieve {
namespace {

PassControl pass_control(const RunControl& control) {
  return {control.threads != 0 ? control.threads : available_threads(), control.progress, control.cancel};
}

PruneSelection select(const Checkpoint& checkpoint, const PruneRequest& request) {
  const NamePatterns filter(request.filter);
  const NamePatterns pattern({{request.pattern}, {}});
  PruneSelection selection = select_for_pruning(checkpoint, request.select,
                                                [&](std::string_view name) { return pattern.keep(name); });
  std::erase_if(selection.tensors, [&](std::size_t i) { return !filter.keep(checkpoint.tensors[i].name); });
  std::erase_if(selection.left_alone,
                [&](const SkippedTensor& skipped) { return !filter.keep(skipped.name); });
  return selection;
}

std::string joined(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns)
    text += fmt::format("{}:{}", pattern.size(), pattern);
  return text;
}

/// Everything that the pruned bytes depend on beside the input, on one line.
std::string described(const PruneRequest& request, std::size_t level) {
  const PruneOptions& options = request.options;
  std::string text = fmt::format(
      "prune {} {} {} {}/{} {} {} {} {} {} {} {}", static_cast<int>(options.method),
      static_cast<int>(options.scope), static_cast<int>(request.select), options.nm.zeros, options.nm.of,
      static_cast<int>(options.nm_axis), options.seed, options.score_scale, request.pattern,
      joined(request.filter.include), joined(request.filter.exclude), options.amounts.size());
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

class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// How long it takes to read and decode everything in a folder.
double restore_seconds(const std::string& folder, const RunControl& control) {
  const Clock clock;
  const Verification read = verify_checkpoint(folder, {}, {}, control);
  if (!read.sound())
    throw Error(ErrorCode::malformed, read.errors.front().message, read.errors.front().place);
  return clock.seconds();
}

}  // namespace

PruneTable predict_pruning(const std::string& path, const PruneRequest& request, int zstd_level,
                           const RunControl& control) {
  const Checkpoint checkpoint = open_checkpoint(path, {.io = control.io, .strict = control.strict});
  SourcePool files = open_files(checkpoint, control.io);
  const PassControl pass = pass_control(control);
  const PrunePlan plan = plan_prune(checkpoint, files, select(checkpoint, request), request.options, pass);
  PruneTable table = predict_prune(plan, request.options.amounts, files, pass);
  name_pattern_level(table, request.options);
  measure_sizes(table, plan, files, {.encoding = {}, .zstd_level = zstd_level}, control);
  files.check_unchanged();
  return table;
}

PruneResult prune_checkpoint(const std::string& path, const std::vector<std::string>& folders,
                             const PruneRequest& request, const WriteOptions& options, bool time_restore,
                             const RunControl& control) {
  const Checkpoint checkpoint = open_checkpoint(path, {.io = control.io, .strict = control.strict});
  SourcePool files = open_files(checkpoint, control.io);
  const PassControl pass = pass_control(control);
  const PrunePlan plan = plan_prune(checkpoint, files, select(checkpoint, request), request.options, pass);
  assert(folders.size() == plan.levels());
  PruneResult result{predict_prune(plan, request.options.amounts, files, pass), {}};
  name_pattern_level(result.table, request.options);
  measure_sizes(result.table, plan, files,
                {.encoding = options.encoding, .zstd_level = options.level, .sized_bytes = kPreviewBytes},
                control);
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    const Clock writing;
    const WriteTask task{checkpoint,
                         files,
                         path,
                         folders[level],
                         described(request, level),
                         true,
                         true,
                         PruneLevel{&plan, level}};
    WriteResult written = write_checkpoint(task, options, control);
    MeasuredWrite measured{std::string(to_string(options.encoding)), written.written_bytes, writing.seconds(),
                           0};
    if (time_restore) measured.restore_seconds = restore_seconds(folders[level], control);
    result.table.levels[level].measured = std::move(measured);
    result.checkpoints.push_back(std::move(written));
  }
  return result;
}

}  // namespace weightsieve
