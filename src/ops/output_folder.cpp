#include "ops/output_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "ops/hexadecimal.hpp"
#include "ops/open_input.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFinished = "finished";
constexpr std::string_view kPart = "part";

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  throw Error(ErrorCode::unwritable, message, {.file = path});
}

std::uint64_t take_number(std::string_view& record) {
  const std::string_view word = take_word(record);
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

bool same_folder(const fs::path& a, const fs::path& b) {
  struct stat one {};
  struct stat other {};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

fs::path parent_of(const std::string& file) {
  const fs::path folder = fs::path(file).parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace

OutputFolder::OutputFolder(std::string path, std::vector<std::string> names, std::string_view run,
                           std::string_view command, Leftover existing, const Checkpoint& input)
    : path_(std::move(path)), existing_(existing), names_(std::move(names)) {
  names_.emplace_back(kManifestName);
  refuse_input(input);
  make_folder();
  try {
    begin(run, command);
  } catch (const Error&) {
    std::error_code ignored;
    if (made_) fs::remove(path_, ignored);
    throw;
  }
}

void OutputFolder::begin(std::string_view run, std::string_view command) {
  std::error_code ignored;
  const bool is_new = !fs::exists(fs::symlink_status(path_of(kJournalName), ignored));
  if (existing_ != Leftover::discard && is_new) refuse_existing();
  journal_.emplace(path_of(kJournalName), run, existing_);
  if (!journal_->goes_on()) journal_->append(fmt::format("{} {}", kJournalCommand, command));
  read_journal();
  if (existing_ == Leftover::discard) discard_older();
}

/// What an older run wrote there and this one does not would be taken for a part of the new checkpoint.
void OutputFolder::discard_older() const {
  std::error_code ignored;
  const std::string manifest = path_of(kManifestName);
  if (!fs::is_regular_file(fs::symlink_status(manifest, ignored))) return;
  try {
    for (const ManifestFile& file : read_manifest(*open_source(manifest, IoMode::automatic)).files)
      if (!file.content_name.empty() && std::ranges::find(names_, file.name) == names_.end())
        fs::remove(path_of(file.name), ignored);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;  // not ours: it lists nothing of ours
  }
  fs::remove(manifest, ignored);
}

std::string OutputFolder::path_of(std::string_view name) const { return (fs::path(path_) / name).string(); }

void OutputFolder::refuse_input(const Checkpoint& input) const {
  for (const CheckpointFile& file : input.files)
    if (same_folder(path_, parent_of(file.path)))
      refuse(path_, "is the folder of the input; write to another one");
  for (const std::string& name : names_)
    for (const CheckpointFile& file : input.files)
      if (leads_to(path_of(name), file.identity))
        refuse(path_of(name), "is a file of the input; write to another folder");
}

void OutputFolder::make_folder() {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path_, error);
  if (fs::is_symlink(status)) refuse(path_, "is a symbolic link; name the folder that it leads to");
  if (fs::exists(status) && !fs::is_directory(status)) refuse(path_, "is a file; must be a folder");
  if (fs::is_directory(status)) return;
  made_ = fs::create_directories(path_, error);
  if (error) refuse(path_, "cannot be made: " + error.message());
}

void OutputFolder::refuse_existing() const {
  for (const std::string& name : names_) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(path_of(name), ignored)))
      refuse(path_of(name),
             existing_ == Leftover::resume
                 ? "exists already, and there is no unfinished run to go on with; replace it with --force or "
                   "choose another folder"
                 : "exists already; replace it with --force or choose another folder");
  }
}

void OutputFolder::read_journal() {
  for (const std::string& line : journal_->records()) {
    std::string_view record = line;
    const std::string_view kind = take_word(record);
    if (kind == kFinished) {
      ManifestFile file;
      file.bytes = take_number(record);
      file.content_bytes = take_number(record);
      file.sha256 = take_word(record);
      file.content_name = text_of_hex(take_word(record));
      file.name = text_of_hex(take_word(record));
      finished_.push_back(std::move(file));
    } else if (kind == kPart) {
      FilePart part;
      part.segments = take_number(record);
      part.bytes = take_number(record);
      const std::vector<std::byte> entries = bytes_of_hex(take_word(record));
      const std::string name = text_of_hex(take_word(record));
      const auto known = std::ranges::find(parts_, name, &std::pair<std::string, FilePart>::first);
      if (known != parts_.end()) part.entries = std::move(known->second.entries);
      part.entries.insert(part.entries.end(), entries.begin(), entries.end());
      if (known != parts_.end()) parts_.erase(known);
      parts_.emplace_back(name, std::move(part));
    }
  }
}

std::optional<ManifestFile> OutputFolder::finished(std::string_view name) const {
  const auto at = std::ranges::find(finished_, name, &ManifestFile::name);
  std::error_code error;
  if (at == finished_.end() || fs::file_size(path_of(name), error) != at->bytes || error) return std::nullopt;
  return *at;
}

FilePart OutputFolder::part(std::string_view name) const {
  const auto at = std::ranges::find(parts_, name, &std::pair<std::string, FilePart>::first);
  return at == parts_.end() ? FilePart{} : at->second;
}

Overwrite OutputFolder::overwrite() const noexcept {
  const bool ours = existing_ == Leftover::discard || journal_->goes_on();
  return ours ? Overwrite::replace : Overwrite::refuse;
}

PartialFile OutputFolder::open(std::string_view name, const FilePart& part) const {
  return {path_of(name), overwrite(), part.bytes};
}

void OutputFolder::note_part(std::string_view name, std::uint64_t segments, std::uint64_t bytes,
                             Bytes entries) {
  journal_->append(
      fmt::format("{} {} {} {} {}", kPart, segments, bytes, hexadecimal(entries), hexadecimal(name)));
}

void OutputFolder::note_finished(const ManifestFile& file) {
  journal_->append(fmt::format("{} {} {} {} {} {}", kFinished, file.bytes, file.content_bytes, file.sha256,
                               hexadecimal(file.content_name), hexadecimal(file.name)));
  finished_.push_back(file);
}

void OutputFolder::publish(const Manifest& manifest) const {
  std::string text;
  write_manifest(manifest, [&](std::string_view part) { text += part; });
  // Not under a random name: what a killed run leaves is written over by the one that goes on.
  PartialFile file = open(kManifestName, {});
  file.append(std::as_bytes(std::span(text)));
  file.publish();
}

void OutputFolder::finish() { journal_->remove(); }

void OutputFolder::discard() noexcept {
  std::error_code ignored;
  for (const ManifestFile& file : finished_)
    fs::remove(path_of(file.name), ignored);
  for (const std::string& name : names_)
    fs::remove(path_of(fmt::format(".{}.partial", name)), ignored);
  journal_->remove();
  if (made_) fs::remove(path_, ignored);
}

}  // namespace weightsieve
