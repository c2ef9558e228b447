#include "ops/open_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ops/hexadecimal.hpp"
#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/encode/rules.hpp"
#include "weightsieve/io/journal.hpp"
#include "weightsieve/ops/saved_profile.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// "weightsieve pack model.safetensors", as far as the journal says.
std::string command_in(const std::string& journal) {
  for (const std::string& record : first_records(journal)) {
    std::string_view rest = record;
    if (take_word(rest) != kJournalCommand) continue;
    const std::string verb(take_word(rest));
    return fmt::format("'weightsieve {} {}'", verb, text_of_hex(take_word(rest)));
  }
  return "weightsieve";
}

/// What to say of an unfinished run in a folder; nothing where there is none.
std::optional<std::string> unfinished_run(const std::string& folder) {
  const std::string journal = folder + std::string(kJournalName);
  if (!is_there(journal)) return std::nullopt;
  return fmt::format(
      "a run of {} that writes there was interrupted, or is still going on; the same command with --resume "
      "goes on, with --force it starts over",
      command_in(journal));
}

void add(Checkpoint& checkpoint, bool strict, const Rule& rule, const std::string& file,
         const std::string& message) {
  if (strict) throw Error(ErrorCode::malformed, message, {.file = file, .rule = std::string(rule.id)});
  checkpoint.problems.push_back({std::string(rule.id), file, std::nullopt, message});
}

void require_manifest(Checkpoint& checkpoint, const std::string& folder, bool strict) {
  if (is_there(folder + std::string(kManifestName))) return;
  for (const CheckpointFile& file : checkpoint.files) {
    if (file.encoding != "packed") continue;
    add(checkpoint, strict, rules::kManifestMissing, file.path,
        fmt::format("is packed, and the {} that tells whether it belongs to the others is not beside it",
                    kManifestName));
    return;
  }
}

/// open_checkpoint(), which need not know what else this program writes.
Checkpoint open_named(const std::string& path, const RunControl& control, bool include_optimizer) {
  try {
    return open_checkpoint(
        path, {.io = control.io, .strict = control.strict, .include_optimizer = include_optimizer});
  } catch (const Error& error) {
    const bool may_be_profile = error.code() == ErrorCode::malformed && !is_folder(path);
    if (!may_be_profile || error.place().rule == "FILE-KIND" || !is_saved_profile(path)) throw;
    throw Error(ErrorCode::malformed,
                fmt::format("is a saved profile and no checkpoint; 'weightsieve report {}' shows it", path),
                {.file = path, .rule = error.place().rule});
  }
}

}  // namespace

std::string folder_of(const std::string& path) {
  if (is_folder(path)) return path.ends_with('/') ? path : path + '/';
  return path.substr(0, path.find_last_of('/') + 1);
}

Checkpoint open_input(const std::string& path, const RunControl& control, bool include_optimizer) {
  const std::string folder = folder_of(path);
  const auto unfinished = unfinished_run(folder);
  if (unfinished && is_folder(path))
    throw Error(ErrorCode::malformed, *unfinished,
                {.file = path, .rule = std::string(rules::kWriteUnfinished.id)});
  Checkpoint checkpoint = open_named(path, control, include_optimizer);
  if (unfinished) add(checkpoint, control.strict, rules::kWriteUnfinished, folder, *unfinished);
  require_manifest(checkpoint, folder, control.strict);
  return checkpoint;
}

}  // namespace weightsieve
