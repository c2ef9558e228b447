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

constexpr std::string_view kCheckpoint = "checkpoint";
constexpr std::string_view kMeasured = "measured";

std::string run_line(const std::vector<std::string>& inputs) {
  std::string text;
  for (const std::string& input : inputs)
    text += hexadecimal(absolute_path(input)) + ' ';
  return fmt::format("weightsieve.profile-journal/1 {} {}", version(),
                     sha256_of(std::as_bytes(std::span(text))));
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

std::vector<std::byte> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : whole.string();
}

ProfileJournal::File::File(std::string path, Leftover leftover, const std::vector<std::string>& inputs)
    : path_(std::move(path)), leftover_(leftover), run_(run_line(inputs)) {}

MeasuredRuns ProfileJournal::File::begin(const std::string& path, std::function<std::string()> identity) {
  at_work_ = absolute_path(path);
  identity_ = std::move(identity);
  if (!journal_ && is_there(path_)) open();
  const auto known = sections_.find(at_work_);
  if (known == sections_.end()) return {};
  if (known->second.identity != identity_())
    throw Error(ErrorCode::unwritable,
                fmt::format("was left by a run with other options, or {} has changed since; start over with "
                            "--force",
                            path),
                {.file = path_});
  MeasuredRuns runs = std::move(known->second.runs);
  sections_.erase(known);
  return runs;
}

std::string ProfileJournal::File::section() const {
  return fmt::format("{} {} {}", kCheckpoint, identity_(), hexadecimal(at_work_));
}

void ProfileJournal::File::open() {
  journal_.emplace(path_, run_, leftover_, [this](std::string_view record) { note(record); });
  leftover_ = Leftover::refuse;  // whatever is there later is another run's
}

void ProfileJournal::File::note(std::string_view record) {
  const std::string_view kind = take_word(record);
  if (kind == kCheckpoint) {
    const std::string identity(take_word(record));
    read_path_ = text_of_hex(take_word(record));
    sections_[read_path_].identity = identity;
  } else if (kind == kMeasured) {
    const std::vector<std::byte> bytes = bytes_of_hex(record);
    WireReader in(bytes);
    const auto tensor = static_cast<std::size_t>(in.count());
    MeasuredRun& run = sections_[read_path_].runs[{tensor, in.count()}];
    run.finished.push_back(copy_of(in.block()));
    run.rest = copy_of(in.block());
  }
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
  if (journal_) journal_->remove();
  journal_.reset();
}

ProfileJournal::ProfileJournal(std::string path, Leftover leftover, std::vector<std::string> inputs)
    : file_(std::make_unique<File>(std::move(path), leftover, inputs)) {}
ProfileJournal::~ProfileJournal() = default;
ProfileJournal::ProfileJournal(ProfileJournal&&) noexcept = default;
ProfileJournal& ProfileJournal::operator=(ProfileJournal&&) noexcept = default;

const std::string& ProfileJournal::path() const noexcept { return file_->path(); }
bool ProfileJournal::is_kept() const noexcept { return file_->is_kept(); }
void ProfileJournal::remove() noexcept { file_->remove(); }

}  // namespace weightsieve
