// Plain reading, the roof that `weightsieve profile` is measured against: maps a file, sums its 64-bit words
// with a few threads, prints the sum.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

std::uint64_t sum(const std::uint64_t* words, std::size_t count) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i)
    total += words[i];
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: roofline FILE THREADS\n"), 2;
  const int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0) return std::perror(argv[1]), 1;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* const data = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
  if (data == MAP_FAILED) return std::perror("mmap"), 1;
  const auto* words = static_cast<const std::uint64_t*>(data);
  const std::size_t threads = std::strtoul(argv[2], nullptr, 10);
  const std::size_t share = bytes / 8 / threads;
  std::vector<std::uint64_t> sums(threads);
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i)
      workers.emplace_back([&, i] { sums[i] = sum(words + i * share, share); });
  }
  std::uint64_t total = 0;
  for (const std::uint64_t part : sums)
    total += part;
  std::printf("%llu\n", static_cast<unsigned long long>(total));
  close(file);
}
