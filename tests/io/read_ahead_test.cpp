#include "io/read_ahead.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/temp_folder.hpp"

using namespace weightsieve;

namespace {

using Range = std::pair<std::uint64_t, std::uint64_t>;

std::vector<std::uint64_t>& touched() {
  static std::vector<std::uint64_t> offsets;
  return offsets;
}

std::vector<Range>& asked() {
  static std::vector<Range> ranges;
  return ranges;
}

}  // namespace

// Both stand before the C library's, and pass on what they were asked: whether and when the kernel follows a
// hint is the kernel's affair.
extern "C" int posix_fadvise(int fd, off_t offset, off_t len, int advise) {
  if (advise == POSIX_FADV_WILLNEED)
    asked().emplace_back(static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(len));
  return static_cast<int>(::syscall(SYS_fadvise64, fd, offset, len, advise));
}

extern "C" ssize_t preadv2(int fp, const struct iovec* iovec, int count, off_t offset, int flags) {
  if (flags == RWF_NOWAIT) touched().push_back(static_cast<std::uint64_t>(offset));
  const auto high = static_cast<std::uint64_t>(offset) >> 32;
  return ::syscall(SYS_preadv2, fp, iovec, count, offset, high, flags);
}

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kBytes = (std::uint64_t{3} << 20) - 5;

// A hole is not in the page cache before it is read (but for file systems in memory, which have no other).
io::InputFile open_hole(const TempFolder& folder, std::uint64_t bytes = kBytes) {
  const auto path = folder.write("hole", "");
  std::filesystem::resize_file(path, bytes);
  return io::open_input(path);
}

bool last_byte_is_cached(const io::InputFile& file) {
  char byte = 0;
  const iovec target{&byte, 1};
  return ::preadv2(file.descriptor.number(), &target, 1, kBytes - 1, RWF_NOWAIT) == 1;
}

/// Where the ranges end, if each begins where the one before ends and none is longer than `longest`.
std::uint64_t end_of(const std::vector<Range>& ranges, std::uint64_t longest) {
  std::uint64_t end = 0;
  for (const auto& [offset, length] : ranges) {
    CHECK(offset == end);
    CHECK(length <= longest);
    end += length;
  }
  return end;
}

}  // namespace

TEST_CASE("all of a range is asked for, in requests that the kernel takes, up to the end of the file") {
  const TempFolder folder;
  const io::InputFile file = open_hole(folder);
  const bool in_memory = last_byte_is_cached(file);
  asked().clear();
  io::read_ahead(file, 0, 10 * kBytes);
  CHECK(end_of(asked(), std::uint64_t{128} << 10) == (in_memory ? 0 : kBytes));
}

TEST_CASE("nothing is asked for that is in the page cache") {
  const TempFolder folder;
  const io::InputFile file = open_hole(folder);
  std::vector<char> content(kBytes);
  REQUIRE(::pread(file.descriptor.number(), content.data(), kBytes, 0) == kBytes);
  asked().clear();
  if (last_byte_is_cached(file)) io::read_ahead(file, 0, kBytes);
  CHECK(asked().empty());
}

TEST_CASE("a file that lives in memory needs no reading ahead") {
  const int descriptor = ::memfd_create("weightsieve", 0);
  REQUIRE(descriptor >= 0);
  CHECK(io::read_ahead_for(io::open_input("/proc/self/fd/" + std::to_string(descriptor))) ==
        io::ReadAhead::none);
  ::close(descriptor);
}

TEST_CASE("nothing is asked for behind the end of a file") {
  const TempFolder folder;
  const io::InputFile file = io::open_input(folder.write("empty", ""));
  asked().clear();
  io::read_ahead(file, 0, 1);
  io::read_ahead(file, UINT64_MAX, UINT64_MAX);
  CHECK(asked().empty());
  CHECK_NOTHROW(io::check_unchanged(file));
}

namespace {

/// Whether what was touched since the last question is [begin, end), upward and densely.
bool touched_all(std::uint64_t begin, std::uint64_t end) {
  const std::vector<std::uint64_t> offsets = std::exchange(touched(), {});
  if (offsets.empty() || offsets.front() != begin || offsets.back() >= end) return false;
  std::uint64_t last = begin;
  for (const std::uint64_t offset : offsets) {
    if (offset < last || offset > last + kMebibyte) return false;
    last = offset;
  }
  return last + kMebibyte >= end;
}

}  // namespace

TEST_CASE("a front goes from the begin on ahead of whoever is farthest") {
  const TempFolder folder;
  const io::InputFile file = open_hole(folder, 6000 * kMebibyte);
  io::ReadFront front;
  touched().clear();
  front.go_ahead_of(file, 4 * kMebibyte);
  CHECK(touched_all(0, 36 * kMebibyte));
  front.go_ahead_of(file, 68 * kMebibyte);
  CHECK(touched_all(36 * kMebibyte, 100 * kMebibyte));
  front.go_ahead_of(file, 8 * kMebibyte);
  front.go_ahead_of(file, 68 * kMebibyte);
  CHECK(touched().empty());
}

TEST_CASE("a front waits at a place of its own, far ahead or far behind, and ends with the file") {
  const TempFolder folder;
  const io::InputFile file = open_hole(folder, 6000 * kMebibyte);
  io::ReadFront front;
  touched().clear();
  front.go_ahead_of(file, 5970 * kMebibyte);
  CHECK(touched().empty());
  front.go_ahead_of(file, 5974 * kMebibyte);
  CHECK(touched_all(5970 * kMebibyte, 6000 * kMebibyte));
  front.go_ahead_of(file, 6000 * kMebibyte);
  front.go_ahead_of(file, 100 * kMebibyte);  // the next pass
  CHECK(touched().empty());
  front.go_ahead_of(file, 104 * kMebibyte);
  CHECK(touched_all(100 * kMebibyte, 136 * kMebibyte));
}
