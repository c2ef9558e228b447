#include "io/read_ahead.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "io/temp_folder.hpp"

using namespace weightsieve;

namespace {

constexpr std::size_t kBytes = std::size_t{3} << 20;

void evict(const io::InputFile& file) {
  ::fsync(file.descriptor.number());
  ::posix_fadvise(file.descriptor.number(), 0, 0, POSIX_FADV_DONTNEED);
}

bool all_cached(const io::InputFile& file) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const memory = ::mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, file.descriptor.number(), 0);
  REQUIRE(memory != MAP_FAILED);
  std::vector<unsigned char> resident(kBytes / page);
  REQUIRE(::mincore(memory, kBytes, resident.data()) == 0);
  ::munmap(memory, kBytes);
  return std::ranges::all_of(resident, [](unsigned char each) { return each & 1; });
}

bool becomes_cached(const io::InputFile& file) {
  for (int i = 0; i < 500 && !all_cached(file); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return all_cached(file);
}

}  // namespace

TEST_CASE("what is asked for comes without being touched, up to the end of the file") {
  const TempFolder folder;
  const io::InputFile file = io::open_input(folder.write("long", std::string(kBytes, 'x')));
  evict(file);
  io::read_ahead(file, 0, kBytes / 2);
  io::read_ahead(file, kBytes / 2, 10 * kBytes);
  CHECK(becomes_cached(file));
}

TEST_CASE("nothing is asked for behind the end of a file") {
  const TempFolder folder;
  const io::InputFile file = io::open_input(folder.write("empty", ""));
  io::read_ahead(file, 0, 1);
  io::read_ahead(file, UINT64_MAX, UINT64_MAX);
  CHECK_NOTHROW(io::check_unchanged(file));
}
