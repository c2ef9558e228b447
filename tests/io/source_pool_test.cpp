#include "weightsieve/io/source_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "io/faults.hpp"
#include "io/support.hpp"
#include "io/temp_folder.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

std::vector<PooledFile> write_files(const TempFolder& folder, std::size_t count) {
  std::vector<PooledFile> files;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string path = folder.write("file" + std::to_string(i), std::to_string(i));
    files.push_back({path, open_source(path, IoMode::pread)->identity()});
  }
  // So that what a test changes has another time stamp.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  return files;
}

bool reads_own_number(SourcePool& pool, std::size_t index) {
  const auto source = pool.open(index);
  const auto cursor = source->cursor();
  return text(cursor->view(0, static_cast<std::size_t>(source->size()))) == std::to_string(index);
}

TEST_CASE("F12: 1,433 shards are read by eight threads with 64 descriptors") {
  const TempFolder folder;
  const auto files = write_files(folder, 1433);
  const IoMode mode = GENERATE(IoMode::mmap, IoMode::pread);
  const int result = in_child([&] {
    const rlimit limit{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    SourcePool pool(files, mode);
    std::vector<int> wrong(8);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < 2 * files.size(); i += 8) {
          try {
            wrong[t] += !reads_own_number(pool, i % files.size());
          } catch (const Error&) {
            ++wrong[t];
          }
        }
      });
    }
    for (std::thread& thread : threads)
      thread.join();
    pool.check_unchanged();
    return wrong == std::vector<int>(8) ? 0 : 1;
  });
  REQUIRE(result == 0);
}

TEST_CASE("idle sources make room when descriptors run out before the pool is full") {
  const TempFolder folder;
  const auto files = write_files(folder, 40);
  const int result = in_child([&] {
    SourcePool pool(files, IoMode::pread, 1000);
    const rlimit limit{open_descriptors() + 8, open_descriptors() + 8};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!reads_own_number(pool, i)) return 1;
    }
    return 0;
  });
  REQUIRE(result == 0);
}

TEST_CASE("a pool keeps few idle sources open, and those in use") {
  const TempFolder folder;
  const auto files = write_files(folder, 50);
  const std::size_t before = open_descriptors();
  SourcePool pool(files, IoMode::automatic, 4);
  std::vector<std::shared_ptr<const Source>> held;
  for (std::size_t i = 0; i < 10; ++i)
    held.push_back(pool.open(i));
  for (std::size_t i = 0; i < 50; ++i)
    REQUIRE(reads_own_number(pool, i));
  REQUIRE(pool.open(3) == held[3]);
  REQUIRE(open_descriptors() - before <= 10 + 5);
  held.clear();
  REQUIRE(reads_own_number(pool, 49));
  pool.open(20);
  REQUIRE(open_descriptors() - before <= 5);
}

TEST_CASE("a million listed files cost no descriptor and little time") {
  const TempFolder folder;
  const auto one = write_files(folder, 1);
  const std::size_t before = open_descriptors();
  SourcePool pool(std::vector<PooledFile>(1'000'000, one.front()), IoMode::automatic);
  REQUIRE(open_descriptors() == before);
  pool.check_unchanged();
  REQUIRE(open_descriptors() == before);
}

TEST_CASE("a pool notices files that changed, open or not") {
  const TempFolder folder;
  const auto files = write_files(folder, 3);
  SourcePool pool(files, IoMode::automatic);
  if (GENERATE(true, false)) pool.open(1);
  pool.check_unchanged();
  SECTION("overwritten") { folder.write("file1", "2"); }
  SECTION("longer") { folder.write("file1", "longer"); }
  REQUIRE(throws(ErrorCode::changed, [&] { pool.check_unchanged(); }));
}

TEST_CASE("a file that was replaced or removed before it is opened again is not mixed with the old one") {
  const TempFolder folder;
  const auto files = write_files(folder, 3);
  SourcePool pool(files, IoMode::automatic, 0);
  REQUIRE(reads_own_number(pool, 1));
  pool.open(0);
  SECTION("replaced") {
    fs::rename(folder.write("new", "1"), files[1].path);
    REQUIRE(throws(ErrorCode::changed, [&] { pool.open(1); }));
  }
  SECTION("removed") {
    fs::remove(files[1].path);
    REQUIRE(throws(ErrorCode::unreadable, [&] { pool.open(1); }));
  }
  REQUIRE(throws(ErrorCode::changed, [&] { pool.check_unchanged(); }));
}

TEST_CASE("F10: what a source knows of an unreadable page is not forgotten when the pool closes it") {
  const TempFolder folder;
  auto files = write_files(folder, 2);
  const std::string path = folder.write("large", std::string(100'000, 'x'));
  files.push_back({path, open_source(path, IoMode::mmap)->identity()});
  SourcePool pool(files, IoMode::mmap, 1);
  faults::Scope faults;
  {
    const auto source = pool.open(2);
    const auto cursor = source->cursor();
    const Bytes view = cursor->view(0, 100'000);
    faults.freeze_fstat(path.c_str());
    REQUIRE(::truncate(path.c_str(), 0) == 0);
    REQUIRE(view[99'999] == std::byte{0});
  }
  pool.open(0);
  const auto error = error_of([&] { pool.open(1); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::unreadable);
  CHECK(error->place().file == path);
}

TEST_CASE("a held source whose file is replaced is read to its end") {
  const TempFolder folder;
  const auto files = write_files(folder, 2);
  SourcePool pool(files, IoMode::automatic);
  const auto source = pool.open(1);
  fs::rename(folder.write("new", "other"), files[1].path);
  REQUIRE(text(source->cursor()->view(0, 1)) == "1");
  pool.check_unchanged();
}

/// The first half of what another source holds.
class FirstHalf final : public Source {
 public:
  explicit FirstHalf(std::shared_ptr<const Source> whole)
      : Source(whole->path(), whole->identity(), whole->size() / 2), whole_(std::move(whole)) {}
  std::unique_ptr<Cursor> cursor() const override { return whole_->cursor(); }
  void check_unchanged() const override { whole_->check_unchanged(); }

 private:
  std::shared_ptr<const Source> whole_;
};

TEST_CASE("what a pool opens passes through its decoder, each time it is opened") {
  const TempFolder folder;
  const std::vector<PooledFile> files = write_files(folder, 2);
  SourcePool pool(files, IoMode::automatic, 0, [](std::size_t, std::shared_ptr<const Source> source) {
    return std::shared_ptr<const Source>(std::make_shared<FirstHalf>(std::move(source)));
  });
  for (const std::size_t i : {0u, 1u, 0u}) {
    const auto source = pool.open(i);
    CHECK(source->size() == files[i].identity.size_bytes / 2);
    CHECK(source->identity() == files[i].identity);
  }
  pool.check_unchanged();
}

}  // namespace
}  // namespace weightsieve
