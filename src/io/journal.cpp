#include "weightsieve/io/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "io/file_descriptor.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kChecksumDigits = 16;

std::string checksum(std::string_view record) {
  return sha256_of(std::as_bytes(std::span(record))).substr(0, kChecksumDigits);
}

std::string line(std::string_view record) { return checksum(record) + ' ' + std::string(record) + '\n'; }

/// The record of a line without its break; nothing when it is not whole.
std::optional<std::string_view> record_of(std::string_view text) {
  if (text.size() <= kChecksumDigits || text[kChecksumDigits] != ' ') return std::nullopt;
  const std::string_view record = text.substr(kChecksumDigits + 1);
  if (checksum(record) != text.substr(0, kChecksumDigits)) return std::nullopt;
  return record;
}

struct WholeRecords {
  std::vector<std::string> records;
  std::size_t bytes = 0;  ///< that they take
};

WholeRecords whole_records(std::string_view text) {
  WholeRecords whole;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', whole.bytes)) {
    const auto record = record_of(text.substr(whole.bytes, end - whole.bytes));
    if (!record) break;
    whole.records.emplace_back(*record);
    whole.bytes = end + 1;
  }
  return whole;
}

}  // namespace

struct Journal::State {
  std::string path;
  io::FileDescriptor file;
  std::vector<std::string> records;
  bool goes_on = false;

  State(std::string where, std::string_view run, Leftover leftover) : path(std::move(where)) {
    lock();
    const std::uint64_t good = leftover == Leftover::discard ? 0 : read(run, leftover);
    cut(good);
    if (good == 0) start(run);
  }

  void start(std::string_view run) const {
    try {
      append(run);
    } catch (const Error&) {
      ::unlink(path.c_str());
      throw;
    }
  }

  /// Whoever removes a journal holds its lock, so a lock on a file that is no longer at `path` is worth
  /// nothing.
  void lock() {
    do {
      constexpr int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
      file = io::FileDescriptor(::open(path.c_str(), flags, 0666));
      if (!file.is_open()) fail("cannot be opened");
      struct stat status {};
      if (::fstat(file.number(), &status) != 0) fail("cannot be opened");
      if (!S_ISREG(status.st_mode)) refuse("is no regular file; remove it");
      if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) refuse("is locked: another run writes there; wait for it to end");
        if (errno != ENOLCK && errno != EOPNOTSUPP) fail("cannot be locked");
      }
    } while (!is_at_path());
  }

  bool is_at_path() const {
    struct stat open {};
    struct stat named {};
    return ::fstat(file.number(), &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
  }

  std::string content() const {
    std::string text;
    std::array<char, 65'536> buffer{};
    while (true) {
      const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("cannot be read");
      if (count == 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  /// Takes the whole records in and returns where they end.
  std::uint64_t read(std::string_view run, Leftover leftover) {
    WholeRecords whole = whole_records(content());
    records = std::move(whole.records);
    if (records.empty()) return 0;
    if (leftover == Leftover::refuse)
      refuse("was left by an unfinished run; go on with --resume or start over with --force");
    if (records.front() != run)
      refuse("was left by a run with other options or another input; start over with --force");
    records.erase(records.begin());
    goes_on = true;
    return whole.bytes;
  }

  void cut(std::uint64_t bytes) const {
    const auto length = static_cast<off_t>(bytes);
    if (::ftruncate(file.number(), length) != 0) fail("cannot be cut");
    if (::lseek(file.number(), length, SEEK_SET) != length) fail("cannot be sought");
  }

  void append(std::string_view record) const {
    const std::string text = line(record);
    std::string_view left = text;
    while (!left.empty()) {
      const ssize_t count = ::write(file.number(), left.data(), left.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) fail("cannot be written");
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fdatasync(file.number()) != 0) fail("cannot be stored");
  }

  [[noreturn]] void refuse(const std::string& message) const {
    throw Error(ErrorCode::unwritable, message, {.file = path});
  }
  [[noreturn]] void fail(const std::string& what) const {
    refuse(what + ": " + std::generic_category().message(errno));
  }
};

Journal::Journal(std::string path, std::string_view run, Leftover leftover)
    : state_(std::make_unique<State>(std::move(path), run, leftover)) {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

std::vector<std::string> first_records(const std::string& path) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const io::FileDescriptor file(::open(path.c_str(), flags));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::array<char, 65'536> buffer{};
  const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
  return whole_records({buffer.data(), static_cast<std::size_t>(count < 0 ? 0 : count)}).records;
}

bool Journal::goes_on() const noexcept { return state_->goes_on; }
const std::vector<std::string>& Journal::records() const noexcept { return state_->records; }
void Journal::append(std::string_view record) { state_->append(record); }
void Journal::remove() noexcept { ::unlink(state_->path.c_str()); }

}  // namespace weightsieve
