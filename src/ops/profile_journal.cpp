#include "weightsieve/ops/profile_journal.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "ops/hexadecimal.hpp"
#include "ops/profile_journal_file.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/version.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFamily = "weightsieve.profile-journal/";
constexpr std::string_view kCheckpoint = "checkpoint";
constexpr std::string_view kMeasured = "measured";

/// NAME.1, NAME.2 and so on, in no order.
std::vector<std::string> rank_journals(const std::string& path) {
  std::vector<std::string> found;
  std::error_code error;
  const fs::path own(path);
  const std::string begin = own.filename().string() + '.';
  const fs::path folder = own.parent_path().empty() ? "." : own.parent_path();
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool is_one = name.starts_with(begin) && name.size() > begin.size() &&
                        name.find_first_not_of("0123456789", begin.size()) == std::string::npos;
    if (is_one) found.push_back(at->path().string());
  }
  return found;
}

bool is_profile_journal(const std::string& path) {
  const auto records = first_records(path);
  return !records.empty() && records.front().starts_with(kFamily);
}

std::string run_line(const std::vector<std::string>& inputs) {
  std::string text;
  for (const std::string& input : inputs)
    text += hexadecimal(absolute_path(input)) + ' ';
  return fmt::format("{}1 {} {}", kFamily, version(), sha256_of(std::as_bytes(std::span(text))));
}

std::vector<std::byte> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : whole.string();
}

void JournalSections::note(std::string_view record) {
  const std::string_view kind = take_word(record);
  if (kind == kCheckpoint) {
    const std::string identity(take_word(record));
    path_ = text_of_hex(take_word(record));
    sections_[path_].identity = identity;
  } else if (kind == kMeasured) {
    const std::vector<std::byte> bytes = bytes_of_hex(record);
    WireReader in(bytes);
    const auto tensor = static_cast<std::size_t>(in.count());
    MeasuredRun& run = sections_[path_].runs[{tensor, in.count()}];
    run.finished.push_back(copy_of(in.block()));
    run.rest = copy_of(in.block());
  }
}

std::optional<MeasuredRuns> JournalSections::take(const std::string& path,
                                                  const std::function<std::string()>& identity) {
  const auto known = sections_.find(path);
  if (known == sections_.end()) return MeasuredRuns();
  if (known->second.identity != identity()) return std::nullopt;
  MeasuredRuns runs = std::move(known->second.runs);
  sections_.erase(known);
  return runs;
}

ProfileJournal::File::File(std::string path, Leftover leftover, const std::vector<std::string>& inputs,
                           unsigned rank)
    : rank_(rank),
      path_(rank == 0 ? std::move(path) : fmt::format("{}.{}", path, rank)),
      leftover_(leftover),
      resumes_(leftover == Leftover::resume),
      run_(run_line(inputs)) {}

MeasuredRuns ProfileJournal::File::begin(const std::string& path, std::function<std::string()> identity) {
  at_work_ = absolute_path(path);
  identity_ = std::move(identity);
  if (!journal_ && is_there(path_)) open();
  auto runs = sections_.take(at_work_, identity_);
  if (runs) return std::move(*runs);
  throw Error(ErrorCode::unwritable,
              fmt::format("was left by a run with other options, or {} has changed since; start over with "
                          "--force",
                          path),
              {.file = path_});
}

MeasuredRuns ProfileJournal::File::of_ranks() const {
  MeasuredRuns all;
  if (!resumes_) return all;
  for (const std::string& path : rank_journals(path_)) {
    JournalSections sections;
    read_journal(path, run_, [&sections](std::string_view record) { sections.note(record); });
    if (auto runs = sections.take(at_work_, identity_)) all.merge(*runs);
  }
  return all;
}

bool ProfileJournal::File::is_of_several() const {
  return resumes_ && rank_ == 0 && !rank_journals(path_).empty();
}

std::string ProfileJournal::File::section() const {
  return fmt::format("{} {} {}", kCheckpoint, identity_(), hexadecimal(at_work_));
}

void ProfileJournal::File::open() {
  journal_.emplace(path_, run_, leftover_, [this](std::string_view record) { sections_.note(record); });
  leftover_ = Leftover::refuse;  // whatever is there later is another run's
}

void ProfileJournal::File::append(const PlanPosition& begin, Bytes finished, Bytes rest) {
  if (!journal_) open();
  if (at_work_ != written_) journal_->append(section());
  written_ = at_work_;
  WireWriter out;
  out.count(begin.tensor);
  out.count(begin.element);
  out.block(finished);
  out.block(rest);
  journal_->append(fmt::format("{} {}", kMeasured, hexadecimal(out.bytes())));
}

void ProfileJournal::File::remove() noexcept {
  if (rank_ != 0) return;
  if (journal_) journal_->remove();
  journal_.reset();
  std::error_code ignored;
  for (const std::string& path : rank_journals(path_))
    if (is_profile_journal(path)) fs::remove(path, ignored);
}

ProfileJournal::ProfileJournal(std::string path, Leftover leftover, const std::vector<std::string>& inputs,
                               unsigned rank)
    : file_(std::make_unique<File>(std::move(path), leftover, inputs, rank)) {}
ProfileJournal::~ProfileJournal() = default;
ProfileJournal::ProfileJournal(ProfileJournal&&) noexcept = default;
ProfileJournal& ProfileJournal::operator=(ProfileJournal&&) noexcept = default;

const std::string& ProfileJournal::path() const noexcept { return file_->path(); }
bool ProfileJournal::is_of_several() const { return file_->is_of_several(); }
bool ProfileJournal::is_kept() const noexcept { return file_->is_kept(); }
void ProfileJournal::remove() noexcept { file_->remove(); }

}  // namespace weightsieve
