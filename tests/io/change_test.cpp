// What happens to a source when its file changes while it is read.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/faults.hpp"
#include "io/support.hpp"
#include "io/temp_folder.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSize = std::size_t{20} << 20;

// Kernels stamp files with a clock of some milliseconds; a change in the same tick as the last would not
// show.
void let_the_clock_tick() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

std::size_t count_zeros(Bytes bytes) {
  return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), std::byte{0}));
}

void touch_all(const Source& source, Cursor& cursor) {
  const std::size_t step = std::size_t{1} << 20;
  for (std::uint64_t offset = 0; offset < source.size(); offset += step) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(step, source.size() - offset));
    count_zeros(cursor.view(offset, length));
  }
}

class ReadFile {
 public:
  explicit ReadFile(IoMode mode) : content_(random_bytes(kSize)), path_(folder_.write("a", content_)) {
    let_the_clock_tick();
    source_ = open_source(path_, mode);
    cursor_ = source_->cursor();
    REQUIRE(count_zeros(cursor_->view(0, 1000)) < 1000);
  }

  const TempFolder& folder() const { return folder_; }
  const std::string& path() const { return path_; }
  const std::string& content() const { return content_; }
  const Source& source() const { return *source_; }
  Cursor& cursor() { return *cursor_; }

  /// Reads everything and asks at the end, as a profile does.
  void finish() {
    touch_all(*source_, *cursor_);
    source_->check_unchanged();
  }

  bool reads_old_bytes() {
    for (std::size_t offset = 0; offset < kSize; offset += kSize / 4) {
      if (text(cursor_->view(offset, kSize / 4)) != content_.substr(offset, kSize / 4)) return false;
    }
    return true;
  }

 private:
  TempFolder folder_;
  std::string content_;
  std::string path_;
  std::shared_ptr<const Source> source_;
  std::unique_ptr<Cursor> cursor_;
};

IoMode either_mode() { return GENERATE(IoMode::mmap, IoMode::pread); }

TEST_CASE("F08: a file truncated while it is read is an error, never a signal") {
  ReadFile file(either_mode());
  const std::size_t cut = GENERATE(std::size_t{5} << 20, (std::size_t{5} << 20) + 4096,
                                   (std::size_t{5} << 20) + 4096 + 77, kSize - 1, std::size_t{0});
  REQUIRE(::truncate(file.path().c_str(), static_cast<off_t>(cut)) == 0);
  if (GENERATE(true, false)) REQUIRE(throws(ErrorCode::changed, [&] { file.cursor().view(kSize - 1, 1); }));
  REQUIRE(throws(ErrorCode::changed, [&] { file.finish(); }));
  REQUIRE(throws(ErrorCode::changed, [&] { file.source().check_unchanged(); }));
}

TEST_CASE("F08: truncated under a view, the bytes that are left stay right and the rest reads as zeros") {
  ReadFile file(IoMode::mmap);
  const std::size_t cut = (std::size_t{5} << 20) + 3 * 4096 + 100;
  const bool touched_before = GENERATE(false, true);
  const Bytes view = file.cursor().view(0, kMaxWindowBytes);
  if (touched_before) count_zeros(view);
  REQUIRE(::truncate(file.path().c_str(), static_cast<off_t>(cut)) == 0);
  REQUIRE(text(view.subspan(0, cut)) == file.content().substr(0, cut));
  REQUIRE(count_zeros(view.subspan(cut)) == kMaxWindowBytes - cut);
  REQUIRE(throws(ErrorCode::changed, [&] { file.cursor().view(0, 1); }));
}

TEST_CASE("F08: threads that all touch pages that vanished all live on") {
  ReadFile file(IoMode::mmap);
  std::vector<std::unique_ptr<Cursor>> cursors;
  std::vector<Bytes> views;
  for (std::size_t i = 0; i < 8; ++i) {
    cursors.push_back(file.source().cursor());
    views.push_back(cursors.back()->view(i << 20, kSize / 2));
  }
  REQUIRE(::truncate(file.path().c_str(), 4096) == 0);
  std::vector<std::size_t> zeros(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i] { zeros[i] = count_zeros(views[i]); });
  for (std::thread& thread : threads)
    thread.join();
  for (std::size_t i = 1; i < 8; ++i)
    REQUIRE(zeros[i] == views[i].size());
  REQUIRE(throws(ErrorCode::changed, [&] { file.source().check_unchanged(); }));
}

TEST_CASE("F08: a thread that blocks every signal survives too") {
  ReadFile file(IoMode::mmap);
  std::size_t zeros = 0;
  std::thread thread([&] {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    const auto cursor = file.source().cursor();
    const Bytes view = cursor->view(0, kMaxWindowBytes);
    if (::truncate(file.path().c_str(), 0) == 0) zeros = count_zeros(view);
  });
  thread.join();
  REQUIRE(zeros == kMaxWindowBytes);
}

TEST_CASE("F10: a mapped page that the disk cannot deliver is an I/O error at its offset") {
  ReadFile file(IoMode::mmap);
  const Bytes view = file.cursor().view(0, kMaxWindowBytes);
  // A failing disk and a truncated file raise the same signal; what tells them apart is that nothing changed.
  faults::Scope faults;
  faults.freeze_fstat(file.path().c_str());
  REQUIRE(::truncate(file.path().c_str(), 40'960) == 0);
  REQUIRE(view[50'000] == std::byte{0});
  const auto error = error_of([&] { file.source().check_unchanged(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::unreadable);
  CHECK(error->place().offset_bytes == 49'152);
}

TEST_CASE(
    "F09: a file that is overwritten, appended to, written with its mtime set back, or written and linked "
    "has changed") {
  ReadFile file(either_mode());
  struct stat status {};
  ::stat(file.path().c_str(), &status);
  const int how = GENERATE(0, 1, 2, 3);
  const int flags = how == 1 ? O_WRONLY | O_APPEND : O_WRONLY;
  const int writer = ::open(file.path().c_str(), flags);
  REQUIRE(::write(writer, "new", 3) == 3);
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (how == 2) ::futimens(writer, times);
  if (how == 3) fs::create_hard_link(file.path(), file.folder() / "link");
  ::close(writer);
  const auto error = error_of([&] { file.finish(); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::changed);
  CHECK(error->place().file == file.path());
}

TEST_CASE("F09: a file that is replaced, moved, removed or linked is read to its end as it was") {
  ReadFile file(either_mode());
  const TempFolder& folder = file.folder();
  SECTION("replaced by rename") { fs::rename(folder.write("new", "other"), file.path()); }
  SECTION("moved away") { fs::rename(file.path(), folder / "moved"); }
  SECTION("moved away, another in its place") {
    fs::rename(file.path(), folder / "moved");
    folder.write("a", "other");
  }
  SECTION("removed") { fs::remove(file.path()); }
  SECTION("linked") { fs::create_hard_link(file.path(), folder / "link"); }
  REQUIRE(file.reads_old_bytes());
  file.finish();
}

TEST_CASE("reading alone does not change a file") {
  ReadFile file(either_mode());
  file.finish();
  REQUIRE(file.reads_old_bytes());
}

}  // namespace
}  // namespace weightsieve
