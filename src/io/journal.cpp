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
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

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

/// Whether a file that begins so may be a journal, whole or torn: or not stored, where a crash left zeros.
bool may_be_journal(std::string_view begin) {
  constexpr std::string_view zero("\0", 1);
  if (begin.find_first_not_of(zero) == std::string_view::npos) return true;
  const std::string_view digits = begin.substr(0, kChecksumDigits);
  const bool has_blank = begin.size() <= kChecksumDigits || begin[kChecksumDigits] == ' ';
  return digits.find_first_not_of("0123456789abcdef") == std::string_view::npos && has_blank;
}

/// Takes the whole records off the front of `text`, in order. False when one is damaged; it stays there.
bool take_records(std::string_view& text, const std::function<void(std::string_view)>& take) {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const auto record = record_of(text.substr(0, end));
    if (!record) return false;
    take(*record);
    text.remove_prefix(end + 1);
  }
  return true;
}

/// Adds what comes next in the file to `text`: how much, or -1 where it cannot be read.
ssize_t read_on(int descriptor, std::string& text) {
  std::vector<char> buffer(kReadBytes);
  ssize_t count = -1;
  do
    count = ::read(descriptor, buffer.data(), buffer.size());
  while (count < 0 && errno == EINTR);
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count;
}

/// Takes all whole records and gives where they end; nothing where the file cannot be read.
std::optional<std::uint64_t> take_all(int descriptor, const std::function<void(std::string_view)>& take) {
  std::uint64_t good = 0;
  std::string text;
  ssize_t count = 0;
  while ((count = read_on(descriptor, text)) > 0) {
    std::string_view left = text;
    const bool whole = take_records(left, take);
    good += text.size() - left.size();
    if (!whole) return good;
    text.erase(0, text.size() - left.size());
  }
  if (count < 0) return std::nullopt;
  return good;
}

/// Only if it is a regular file.
io::FileDescriptor open_to_look(const std::string& path) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  io::FileDescriptor file(::open(path.c_str(), flags));
  struct stat status {};
  const bool is_one = file.is_open() && ::fstat(file.number(), &status) == 0 && S_ISREG(status.st_mode);
  return is_one ? std::move(file) : io::FileDescriptor();
}

}  // namespace

struct Journal::State {
  using Visit = std::function<void(std::string_view)>;

  std::string path;
  io::FileDescriptor file;
  std::vector<std::string> records;
  bool goes_on = false;

  State(std::string where, std::string_view run, Leftover leftover, const Visit& visit)
      : path(std::move(where)) {
    lock();
    require_journal();
    const std::uint64_t good = leftover == Leftover::discard ? 0 : read(run, leftover, visit);
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

  /// What is somebody else's is not cut.
  void require_journal() const {
    std::array<char, kChecksumDigits + 1> begin{};
    const ssize_t count = ::pread(file.number(), begin.data(), begin.size(), 0);
    if (count < 0) fail("cannot be read");
    if (!may_be_journal({begin.data(), static_cast<std::size_t>(count)}))
      refuse("is no journal of a run; remove it, or choose another name for the output");
  }

  /// Takes the whole records in and returns where they end.
  std::uint64_t read(std::string_view run, Leftover leftover, const Visit& visit) {
    const auto take = [&](std::string_view record) {
      if (!goes_on) {
        require_own(record, run, leftover);
        goes_on = true;
      } else if (visit) {
        visit(record);
      } else {
        records.emplace_back(record);
      }
    };
    const auto good = take_all(file.number(), take);
    if (!good) fail("cannot be read");
    return *good;
  }

  void require_own(std::string_view first, std::string_view run, Leftover leftover) const {
    if (leftover == Leftover::refuse)
      refuse("was left by an unfinished run; go on with --resume or start over with --force");
    if (first != run)
      refuse("was left by a run with other options or another input; start over with --force");
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

Journal::Journal(std::string path, std::string_view run, Leftover leftover,
                 const std::function<void(std::string_view)>& visit)
    : state_(std::make_unique<State>(std::move(path), run, leftover, visit)) {}
Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

std::vector<std::string> first_records(const std::string& path) {
  const io::FileDescriptor file = open_to_look(path);
  if (!file.is_open()) return {};
  std::array<char, 65'536> buffer{};
  const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
  std::string_view text(buffer.data(), static_cast<std::size_t>(count < 0 ? 0 : count));
  std::vector<std::string> records;
  take_records(text, [&records](std::string_view record) { records.emplace_back(record); });
  return records;
}

void read_journal(const std::string& path, std::string_view run,
                  const std::function<void(std::string_view)>& visit) {
  const io::FileDescriptor file = open_to_look(path);
  std::optional<bool> is_own;
  const auto take = [&](std::string_view record) {
    if (!is_own) {
      is_own = record == run;
    } else if (*is_own) {
      visit(record);
    }
  };
  if (!file.is_open() || !take_all(file.number(), take))
    throw Error(ErrorCode::unwritable, "cannot be read: " + std::generic_category().message(errno),
                {.file = path});
}

bool Journal::goes_on() const noexcept { return state_->goes_on; }
const std::vector<std::string>& Journal::records() const noexcept { return state_->records; }
void Journal::append(std::string_view record) { state_->append(record); }
void Journal::remove() noexcept { ::unlink(state_->path.c_str()); }

}  // namespace weightsieve
