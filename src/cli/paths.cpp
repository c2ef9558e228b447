#include "cli/paths.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cli/messages.hpp"
#include "cli/process.hpp"
#include "cli/progress.hpp"
#include "cli/ranks.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/version.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::cli {
namespace {

namespace fs = std::filesystem;

ProgressStyle progress_style(bool quiet) {
  if (quiet) return ProgressStyle::none;
  return is_terminal(STDERR_FILENO) ? ProgressStyle::bar : ProgressStyle::lines;
}

void write_to_stderr(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// What is wrong with one PATH is no reason to leave the others. A usage error is about one where it names
/// it.
bool is_about_one_path(const Error& error) {
  const ErrorCode code = error.code();
  if (code == ErrorCode::usage) return !error.place().file.empty();
  return code == ErrorCode::malformed || code == ErrorCode::changed || code == ErrorCode::unreadable;
}

std::string_view name_of(IoMode mode) {
  constexpr std::string_view names[] = {"auto", "mmap", "pread"};
  return names[static_cast<std::size_t>(mode)];
}

void say_how(const RunControl& control) {
  const unsigned threads = control.threads != 0 ? control.threads : available_threads();
  say(fmt::format("version {}, instruction set {}, {} thread{}, io {}", version(), to_string(kernels().isa),
                  threads, threads == 1 ? "" : "s", name_of(control.io)));
}

/// "[2/5] model.safetensors" where there are several.
std::string label_of(std::size_t at, const std::vector<std::string>& paths) {
  if (paths.size() == 1) return paths[at];
  return fmt::format("[{}/{}] {}", at + 1, paths.size(), paths[at]);
}

int work_on(const std::string& path, std::string label, const CommonOptions& common, const PathWork& work) {
  ProgressDisplay display(progress_style(common.quiet || !is_first_rank()), std::move(label),
                          terminal_width(STDERR_FILENO), write_to_stderr);
  RunControl control = common.control;
  control.team = team();
  control.progress = [&display](const Progress& progress) { display.report(progress); };
  return work(path, control);
}

/// The status of a run of which the parts so far ended in `so_far` and the next one in `next`.
int joined_status(int so_far, int next) {
  const bool keeps = !is_done(so_far) || (so_far != kDone && is_done(next));
  return keeps ? so_far : next;
}

struct FileId {
  dev_t device;
  ino_t inode;
};

std::optional<FileId> file_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

bool is_same_file(const std::string& path, const FileId& target) {
  const auto id = file_id(path);
  return id && id->device == target.device && id->inode == target.inode;
}

/// Whether `target` is a file of the checkpoint at `path`. What cannot be opened has no files to lose; the
/// error comes when its turn comes.
bool is_part_of(const std::string& path, const FileId& target) {
  if (is_same_file(path, target)) return true;
  try {
    const Checkpoint checkpoint = open_checkpoint(path);
    return std::any_of(checkpoint.files.begin(), checkpoint.files.end(),
                       [&](const CheckpointFile& file) { return is_same_file(file.path, target); });
  } catch (const Error&) {
    return false;
  }
}

bool is_shard_index(const std::string& target, const std::string& path) {
  std::error_code ignored;
  const fs::path folder = fs::absolute(target, ignored).parent_path();
  return target.ends_with(".index.json") && fs::equivalent(folder, path, ignored);
}

void require_not_an_input(const std::string& target, const std::vector<std::string>& paths) {
  const auto existing = file_id(target);
  if (!existing) return;
  for (const std::string& path : paths)
    if (is_part_of(path, *existing) || is_shard_index(target, path))
      throw Error(ErrorCode::unwritable, "the output is a file of the input", {.file = target});
}

}  // namespace

int for_each_path(const CommonOptions& common, const PathWork& work) {
  if (common.verbose) say_how(common.control);
  int status = kDone;
  for (std::size_t at = 0; at < common.paths.size(); ++at) {
    stop_if_asked();
    try {
      status = joined_status(status, work_on(common.paths[at], label_of(at, common.paths), common, work));
    } catch (const Error& error) {
      if (common.paths.size() == 1 || !is_about_one_path(error)) throw;
      say(error.what());
      status = joined_status(status, static_cast<int>(error.code()));
    }
  }
  return status;
}

Outputs open_outputs(const CommonOptions& common) {
  if (!is_first_rank()) return {};
  for (const std::string& target : common.output.targets)
    if (target != "-") require_not_an_input(target, common.paths);
  return Outputs(common.output);
}

int run_together(const CommonOptions& common, Outputs& outputs, const PathWork& work) {
  if (common.verbose) say_how(common.control);
  stop_if_asked();
  const std::string label = fmt::format("{}", fmt::join(common.paths, " and "));
  const int status = work_on(common.paths.front(), label, common, work);
  outputs.commit();
  return status;
}

int run_paths(const CommonOptions& common, Outputs& outputs, const PathWork& work) {
  const int status = for_each_path(common, work);
  if (is_done(status)) outputs.commit();
  return status;
}

}  // namespace weightsieve::cli
