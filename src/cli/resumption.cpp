#include "cli/resumption.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/messages.hpp"
#include "cli/ranks.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/engine/team_step.hpp"
#include "weightsieve/ops/finished_profile.hpp"
#include "weightsieve/ops/partial_profile.hpp"

namespace weightsieve::cli {
namespace {

/// What a later run may do better, with all that is measured so far.
bool is_worth_keeping(ErrorCode code) {
  return code == ErrorCode::cancelled || code == ErrorCode::unreadable || code == ErrorCode::unwritable;
}

void clean_up(const std::vector<std::string>& targets) {
  for (const std::string& target : targets)
    if (target != "-")
      for (const std::string& path : remove_abandoned(target))
        say(fmt::format("removed {}, which a run that was killed left unfinished", path));
}

/// The first output that is no stream; null without one.
const std::string* first_file(const CommonOptions& common) {
  const auto& targets = common.output.targets;
  const auto file = std::ranges::find_if(targets, [](const std::string& target) { return target != "-"; });
  return file == targets.end() ? nullptr : &*file;
}

bool is_json(const std::string& file, const OutputRequest& output) {
  return output.format ? *output.format == Format::json : format_from_path(file) == Format::json;
}

/// Whether the file holds what this run would write.
bool is_result(const std::string& file, const CommonOptions& common, const StatsOptions& stats,
               const std::optional<ShareOf>& part) {
  const std::string& path = common.paths.front();
  if (part) return is_finished_part(file, path, *part, stats, common.filter, common.control);
  return is_json(file, common.output) &&
         is_finished_profile(file, path, stats, common.filter, common.control);
}

}  // namespace

void Resumption::add_option(OptionTable& table) {
  table.flag("resume", resume_,
             "go on where an interrupted run of the same input and options was (kept in FILE.journal beside "
             "the first -o FILE)");
}

bool Resumption::is_complete(const CommonOptions& common, const StatsOptions& stats,
                             const std::optional<ShareOf>& part, bool is_alone) const {
  if (!resume_) return false;
  const auto find = [&] { return find_complete(common, stats, part, is_alone); };
  if (team() == nullptr) return find();
  const auto told = run_on_first(*team(), [&] { return std::vector(1, static_cast<std::byte>(find())); });
  return told.front() != std::byte{0};
}

bool Resumption::find_complete(const CommonOptions& common, const StatsOptions& stats,
                               const std::optional<ShareOf>& part, bool is_alone) const {
  const std::string* const file = first_file(common);
  if (common.output.overwrite == Overwrite::replace || file == nullptr) return false;
  if (!is_there(*file) || is_there(*file + ".journal")) return false;
  if (is_alone && common.paths.size() == 1 && common.output.targets.size() == 1 &&
      is_result(*file, common, stats, part)) {
    if (!common.quiet) say(fmt::format("already complete: {}", *file));
    return true;
  }
  throw Error(
      ErrorCode::unwritable,
      "exists already, and beside it is no unfinished run to go on with; where it is this run's result, "
      "nothing is left to do; else replace it with --force or choose another name",
      {.file = *file});
}

void Resumption::open(CommonOptions& common) {
  const bool force = common.output.overwrite == Overwrite::replace;
  if (resume_ && force) throw Error(ErrorCode::usage, "--resume contradicts --force");
  const auto& targets = common.output.targets;
  const std::string* const file = first_file(common);
  if (file == nullptr) return;
  const std::string path = *file + ".journal";
  const Leftover leftover = force ? Leftover::discard : resume_ ? Leftover::resume : Leftover::refuse;
  if (resume_ && is_there(path)) common.output.overwrite = Overwrite::replace;
  const bool may_go_on =
      leftover == Leftover::refuse && is_there(path);  // then it is said how, and nothing done
  if (is_first_rank() && !may_go_on) clean_up(targets);
  journal_.emplace(path, leftover, common.paths, team() != nullptr ? team()->rank() : 0);
}

int Resumption::run(const std::function<int()>& work) {
  try {
    const int status = work();
    if (journal_ && !is_worth_keeping(static_cast<ErrorCode>(status))) journal_->remove();
    return status;
  } catch (const Error& error) {
    if (journal_ && !is_worth_keeping(error.code())) journal_->remove();
    throw;
  }
}

}  // namespace weightsieve::cli
