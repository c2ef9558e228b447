#include "weightsieve/io/source.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/faults.hpp"
#include "io/support.hpp"
#include "io/temp_folder.hpp"

namespace weightsieve {
namespace {

// Resident pages of files, in bytes: /proc/self/statm counts them in its third number.
std::size_t resident_file_bytes() {
  std::size_t total = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> total >> resident >> shared;
  return shared * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void put(const std::string& path, std::uint64_t offset, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file << bytes;
}

TEST_CASE("a source yields the bytes of the file at any offset and length") {
  const TempFolder folder;
  const std::string content = random_bytes((std::size_t{40} << 20) + 123);
  const std::string path = folder.write("a", content);
  const auto source = open_source(path, GENERATE(IoMode::mmap, IoMode::pread, IoMode::automatic));
  REQUIRE(source->size() == content.size());
  REQUIRE(source->path() == path);

  const auto cursor = source->cursor();
  std::mt19937_64 engine(11);
  for (int i = 0; i < 300; ++i) {
    const std::size_t offset = engine() % content.size();
    const std::size_t most = std::min(content.size() - offset, i % 2 ? kMaxWindowBytes : std::size_t{9000});
    const std::size_t length = i % 50 == 0 ? most : engine() % (most + 1);
    REQUIRE(text(cursor->view(offset, length)) == std::string_view(content).substr(offset, length));
  }
  REQUIRE(cursor->view(content.size(), 0).empty());
  source->check_unchanged();
}

/// Whether a mapping of the file at `path` is to be seen.
bool is_mapped(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.ends_with(path)) return true;
  return false;
}

TEST_CASE("files over a network are copied, in whole stripes, and others mapped") {
  const TempFolder folder;
  const std::string content = random_bytes((std::size_t{9} << 20) + 77);
  const std::string path = folder.write("a", content);
  const auto [magic, remote] = GENERATE(table<long, bool>({{0x0BD00BD0, true},      // Lustre
                                                           {0x47504653, true},      // GPFS
                                                           {0x6969, true},          // NFS
                                                           {0x65735546, true},      // FUSE
                                                           {0xEF53, false},         // ext4
                                                           {0x58465342, false}}));  // XFS
  constexpr std::size_t stripe = std::size_t{2} << 20;
  faults::Scope faults;
  faults.pretend_filesystem(magic, stripe);
  const auto source = open_source(path, IoMode::automatic);
  const auto cursor = source->cursor();
  std::size_t at = 0;
  for (const std::size_t length : {5000, 100'000, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 3 << 20}) {
    REQUIRE(text(cursor->view(at, length)) == std::string_view(content).substr(at, length));
    REQUIRE(is_mapped(path) != remote);
    at += length;
  }
  if (!remote) return;
  std::size_t end = 0;
  for (const auto& [from, to] : faults::reads()) {
    CHECK(from == end);  // every byte once
    CHECK(from % stripe == 0);
    CHECK((to == content.size() || to == from + stripe));
    end = to;
  }
}

TEST_CASE("views reach across the places where one mapping ends and the next begins") {
  const TempFolder folder;
  const std::string path = folder.write("sparse", "");
  const std::uint64_t gib = std::uint64_t{1} << 30;
  std::filesystem::resize_file(path, 3 * gib + 5);
  for (const std::uint64_t edge : {gib, 2 * gib, gib + kMaxWindowBytes})
    put(path, edge - 3, "abcdef");
  put(path, 3 * gib, "abcde");

  const auto source = open_source(path, GENERATE(IoMode::mmap, IoMode::pread));
  const auto cursor = source->cursor();
  for (const std::uint64_t edge : {2 * gib, gib, gib + kMaxWindowBytes}) {
    REQUIRE(text(cursor->view(edge - 3, 6)) == "abcdef");
    REQUIRE(text(cursor->view(edge, 3)) == "def");
    REQUIRE(text(cursor->view(edge - 5, kMaxWindowBytes)).substr(0, 10) ==
            std::string_view("\0\0abcdef\0\0", 10));
  }
  REQUIRE(text(cursor->view(3 * gib - 1, 6)) == std::string_view("\0abcde", 6));
}

TEST_CASE("many threads read one source, each through its own cursor") {
  const TempFolder folder;
  const std::string content = random_bytes(std::size_t{20} << 20);
  const auto source = open_source(folder.write("a", content), GENERATE(IoMode::mmap, IoMode::pread));
  std::vector<int> wrong(8);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      const auto cursor = source->cursor();
      std::mt19937_64 engine(t);
      for (int i = 0; i < 100; ++i) {
        const std::size_t offset = engine() % content.size();
        const std::size_t length = std::min(content.size() - offset, std::size_t{100'000});
        wrong[t] += text(cursor->view(offset, length)) != std::string_view(content).substr(offset, length);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  REQUIRE(wrong == std::vector<int>(8));
}

TEST_CASE("an empty file is a source without bytes") {
  const TempFolder folder;
  const auto source = open_source(folder.write("empty", ""), GENERATE(IoMode::mmap, IoMode::pread));
  REQUIRE(source->size() == 0);
  REQUIRE(source->cursor()->view(0, 0).empty());
  source->check_unchanged();
}

TEST_CASE("a cursor that goes through a large file keeps little of it in memory") {
  const TempFolder folder;
  const std::string path = folder.write("large", "");
  std::filesystem::resize_file(path, std::size_t{512} << 20);
  const auto source = open_source(path, IoMode::mmap);
  const auto cursor = source->cursor();
  const std::size_t step = GENERATE(std::size_t{1} << 20, std::size_t{3'000'001}, kMaxWindowBytes);
  const std::size_t before = resident_file_bytes();
  std::size_t most = 0;
  std::size_t zeros = 0;
  for (std::uint64_t offset = 0; offset + step <= source->size(); offset += step) {
    const Bytes bytes = cursor->view(offset, step);
    zeros += static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), std::byte{0}));
    most = std::max(most, resident_file_bytes());
  }
  REQUIRE(zeros == source->size() / step * step);
  REQUIRE(most - before <= std::max(std::size_t{12} << 20, step + (std::size_t{4} << 20)));
}

TEST_CASE("a cursor that goes away gives back what it read, although others go on") {
  const TempFolder folder;
  const std::string path = folder.write("a", random_bytes(std::size_t{16} << 20));
  const auto source = open_source(path, IoMode::mmap);
  const auto staying = source->cursor();
  staying->view(0, 1);
  const std::size_t before = resident_file_bytes();
  {
    const auto leaving = source->cursor();
    const Bytes bytes = leaving->view(0, kMaxWindowBytes);
    REQUIRE(std::count(bytes.begin(), bytes.end(), std::byte{7}) > 0);
    REQUIRE(resident_file_bytes() >= before + kMaxWindowBytes / 2);
  }
  REQUIRE(resident_file_bytes() < before + kMaxWindowBytes / 2);
}

TEST_CASE("opening two sources on one file tells that they are the same, whatever the name") {
  const TempFolder folder;
  const std::string path = folder.write("a", "x");
  const std::string other = folder.write("b", "x");
  std::filesystem::create_symlink("a", folder / "soft");
  std::filesystem::create_hard_link(path, folder / "hard");
  const FileIdentity identity = open_source(path, IoMode::automatic)->identity();
  REQUIRE(leads_to(path, identity));
  REQUIRE(leads_to(folder / "soft", identity));
  REQUIRE(leads_to(folder / "hard", identity));
  REQUIRE_FALSE(leads_to(other, identity));
  REQUIRE_FALSE(leads_to(folder / "missing", identity));
}

TEST_CASE("interrupted and short reads go on until the view is complete") {
  const TempFolder folder;
  const std::string content = random_bytes(1'000'000);
  const auto source = open_source(folder.write("a", content), IoMode::pread);
  faults::Scope faults;
  faults.transfer_at_most(4099).fail(faults::Call::pread, EINTR, 3);
  REQUIRE(text(source->cursor()->view(1, 999'999)) == std::string_view(content).substr(1));
  REQUIRE(faults::calls(faults::Call::pread) > 200);
}

TEST_CASE("an I/O error names the file and the offset that could not be read") {
  const TempFolder folder;
  const std::string content = random_bytes(1'000'000);
  const std::string path = folder.write("a", content);
  const auto source = open_source(path, IoMode::pread);
  const auto cursor = source->cursor();
  cursor->view(0, 1);
  faults::Scope faults;
  faults.transfer_at_most(10'000).fail(faults::Call::pread, EIO, 4);
  const auto error = error_of([&] { cursor->view(600'000, 10); });
  REQUIRE(error);
  CHECK(error->code() == ErrorCode::unreadable);
  CHECK(error->place().file == path);
  CHECK(error->place().offset_bytes == 630'000);
  REQUIRE(text(cursor->view(0, 100)) == content.substr(0, 100));
}

// Leaves room for what the process has and `extra` bytes of address space.
void limit_address_space(std::size_t extra) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t limit = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + extra;
  const rlimit both{limit, limit};
  ::setrlimit(RLIMIT_AS, &both);
}

TEST_CASE("F11: where the kernel refuses to map, `automatic` copies and `mmap` says why") {
  if (kSanitized) return;  // sanitizers reserve terabytes of address space
  const TempFolder folder;
  const std::string path = folder.write("a", "");
  const std::size_t size = std::size_t{256} << 20;
  std::filesystem::resize_file(path, size);
  put(path, size - 3, "end");
  const IoMode mode = GENERATE(IoMode::automatic, IoMode::mmap);
  const int result = in_child([&] {
    const auto source = open_source(path, mode);
    limit_address_space(std::size_t{64} << 20);
    const auto error = error_of([&] {
      if (text(source->cursor()->view(size - 3, 3)) != "end") std::_Exit(9);
    });
    if (!error) return 0;
    const bool says_why = error->message().find("Cannot allocate memory") != std::string::npos;
    return says_why ? static_cast<int>(error->code()) : 10;
  });
  REQUIRE(result == (mode == IoMode::automatic ? 0 : 6));
}

TEST_CASE("F11: a cursor whose next mapping is refused in the middle of a file reads on") {
  if (kSanitized) return;
  const TempFolder folder;
  const std::string path = folder.write("a", "begin");
  const std::uint64_t gib = std::uint64_t{1} << 30;
  std::filesystem::resize_file(path, 3 * gib);
  put(path, 2 * gib, "later");
  const int result = in_child([&] {
    const auto source = open_source(path, IoMode::automatic);
    const auto cursor = source->cursor();
    const auto other = source->cursor();
    if (text(cursor->view(0, 5)) != "begin" || text(other->view(0, 5)) != "begin") return 1;
    limit_address_space(std::size_t{64} << 20);
    return text(cursor->view(2 * gib, 5)) == "later" && text(other->view(0, 5)) == "begin" ? 0 : 2;
  });
  REQUIRE(result == 0);
}

}  // namespace
}  // namespace weightsieve
