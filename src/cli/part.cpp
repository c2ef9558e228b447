#include "cli/part.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "cli/paths.hpp"
#include "cli/standard_output.hpp"
#include "cli/values.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/partial_profile.hpp"

namespace weightsieve::cli {
namespace {

/// A variable that Slurm sets in every task of a job array.
std::uint64_t array_variable(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr)
    throw Error(ErrorCode::usage, fmt::format("slurm: {} is not set; is this a task of a job array (sbatch "
                                              "--array)? Otherwise give I/N",
                                              name));
  try {
    return parse_whole(text, 0, UINT32_MAX);
  } catch (const Error& error) {
    throw Error(ErrorCode::usage, fmt::format("slurm: {}: {}", name, error.message()));
  }
}

ShareOf part_of_array() {
  const std::uint64_t task = array_variable("SLURM_ARRAY_TASK_ID");
  const std::uint64_t first = array_variable("SLURM_ARRAY_TASK_MIN");
  const std::uint64_t count = array_variable("SLURM_ARRAY_TASK_COUNT");
  const bool has_step = std::getenv("SLURM_ARRAY_TASK_STEP") != nullptr;
  const std::uint64_t step = has_step ? array_variable("SLURM_ARRAY_TASK_STEP") : 1;
  const bool regular =
      step != 0 && task >= first && (task - first) % step == 0 && (task - first) / step < count;
  if (!regular)
    throw Error(
        ErrorCode::usage,
        fmt::format("slurm: task {} is none of {} tasks from {} on by steps of {}; the indices of the "
                    "array must be a range such as 0-63",
                    task, count, first, step));
  return {static_cast<unsigned>((task - first) / step), static_cast<unsigned>(count)};
}

/// The one file to write to.
const std::string& target_of(const CommonOptions& common, const ProfileReport& report) {
  const auto refuse = [](const char* why) { throw Error(ErrorCode::usage, std::string("--part ") + why); };
  if (common.paths.size() != 1) refuse("takes one PATH");
  if (common.output.targets.size() != 1) refuse("writes one file, which 'merge' reads: -o FILE");
  if (common.output.format) refuse("writes what 'merge' reads; give --format to 'merge'");
  if (report.asks_for_whole()) refuse("has no whole profile; give --plots and --fail-on to 'merge'");
  return common.output.targets.front();
}

/// --force replaces a file, but never one of the checkpoint.
void require_no_input(const std::string& target, const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(target, ignored)) return;
  bool is_input = std::filesystem::equivalent(target, path, ignored) || target.ends_with(".index.json");
  for (const CheckpointFile& file : open_checkpoint(path).files)
    is_input = is_input || leads_to(target, file.identity);
  if (is_input) throw Error(ErrorCode::unwritable, "the output is a file of the input", {.file = target});
}

}  // namespace

ShareOf parse_part(const std::string& text) {
  if (text == "slurm") return part_of_array();
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos)
    throw Error(ErrorCode::usage, fmt::format("'{}' is neither I/N (as 0/8) nor slurm", text));
  const auto shares = static_cast<unsigned>(parse_whole(text.substr(slash + 1), 1, kMostParts));
  const std::uint64_t part = parse_whole(text.substr(0, slash), 0, UINT64_MAX);
  if (part >= shares)
    throw Error(ErrorCode::usage, fmt::format("'{}': parts count from 0, so the last of {} is {}/{}", text,
                                              shares, shares - 1, shares));
  return {static_cast<unsigned>(part), shares};
}

void add_part_option(OptionTable& table, std::optional<ShareOf>& part) {
  table.value(
      "part", "I/N", [&part](const auto& text) { part = parse_part(text); },
      "profile part I (from 0) of N balanced parts into -o FILE, for 'merge'; slurm: this task of a job "
      "array");
}

int run_part(const ShareOf& part, const StatsOptions& stats, const CommonOptions& common,
             const ProfileReport& report, ProfileJournal* journal) {
  const std::string& target = target_of(common, report);
  if (target != "-") require_no_input(target, common.paths.front());
  std::optional<OutputFile> file;
  if (target != "-") file.emplace(target, common.output.overwrite);
  StandardOutput standard;
  const int status = for_each_path(common, [&](const std::string& path, const RunControl& control) {
    profile_part(
        path, part, stats, common.filter, control,
        [&](std::string_view piece) { file ? file->write(piece) : standard.write(piece); }, journal);
    return kDone;
  });
  if (file) file->commit();
  standard.flush();
  return status;
}

}  // namespace weightsieve::cli
