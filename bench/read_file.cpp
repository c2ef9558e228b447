// Reads a file once in one of several ways and prints how long it took: what cold.py compares `weightsieve
// profile` with. Usage: read_file WAY FILE; WAY is mmap, willneed, pread, direct (one read at a time),
// direct4 (four threads) or uring (four reads in flight).
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kAhead = std::size_t{16} << 20;
constexpr std::size_t kInFlight = 4;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct File {
  int descriptor;
  std::size_t bytes;
};

File open_file(const char* path, int flags) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | flags);
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) fail(path);
  return {descriptor, static_cast<std::size_t>(status.st_size)};
}

char* make_buffer() { return static_cast<char*>(std::aligned_alloc(4096, kPiece)); }

std::uint64_t sum_pages(const char* data, std::size_t bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes; i += 4096)
    sum += static_cast<unsigned char>(data[i]);
  return sum;
}

std::uint64_t read_mapped(const File& file, bool ahead) {
  void* const memory = mmap(nullptr, file.bytes, PROT_READ, MAP_SHARED, file.descriptor, 0);
  if (memory == MAP_FAILED) fail("mmap");
  char* const data = static_cast<char*>(memory);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < file.bytes; i += kPiece) {
    const std::size_t next = i + kAhead;
    if (ahead && next < file.bytes) madvise(data + next, std::min(kPiece, file.bytes - next), MADV_WILLNEED);
    sum += sum_pages(data + i, std::min(kPiece, file.bytes - i));
  }
  return sum;
}

std::uint64_t read_pieces(const File& file, std::atomic<std::size_t>& next) {
  char* const buffer = make_buffer();
  std::uint64_t sum = 0;
  for (std::size_t i = next++; i * kPiece < file.bytes; i = next++) {
    const ssize_t got = pread(file.descriptor, buffer, kPiece, static_cast<off_t>(i * kPiece));
    if (got < 0) fail("pread");
    sum += sum_pages(buffer, static_cast<std::size_t>(got));
  }
  std::free(buffer);
  return sum;
}

std::uint64_t read_copied(const File& file, std::size_t threads) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> sum = 0;
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i)
      others.emplace_back([&] { sum += read_pieces(file, next); });
    sum += read_pieces(file, next);
  }
  return sum;
}

/// As little of io_uring as keeps a few reads in flight.
class Ring {
 public:
  Ring() {
    descriptor_ = static_cast<int>(syscall(SYS_io_uring_setup, kInFlight, &parameters_));
    if (descriptor_ < 0) fail("io_uring_setup");
    submissions_ = map(parameters_.sq_off.array + kInFlight * sizeof(std::uint32_t), IORING_OFF_SQ_RING);
    completions_ =
        map(parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING);
    entries_ = reinterpret_cast<io_uring_sqe*>(map(kInFlight * sizeof(io_uring_sqe), IORING_OFF_SQES));
  }

  // NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes to it
  void submit(const File& file, std::size_t slot, char* buffer, std::size_t offset) {
    entries_[slot] = {};
    entries_[slot].opcode = IORING_OP_READ;
    entries_[slot].fd = file.descriptor;
    entries_[slot].addr = reinterpret_cast<std::uintptr_t>(buffer);
    entries_[slot].len = kPiece;
    entries_[slot].off = offset;
    entries_[slot].user_data = slot;
    const std::uint32_t tail = submitted_++;
    number(submissions_, parameters_.sq_off.array)[tail % kInFlight] = static_cast<std::uint32_t>(slot);
    __atomic_store_n(number(submissions_, parameters_.sq_off.tail), submitted_, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, descriptor_, 1, 0, 0, nullptr, 0) < 0) fail("io_uring_enter");
  }

  io_uring_cqe wait() {
    std::uint32_t* const head = number(completions_, parameters_.cq_off.head);
    while (__atomic_load_n(number(completions_, parameters_.cq_off.tail), __ATOMIC_ACQUIRE) == *head)
      syscall(SYS_io_uring_enter, descriptor_, 0, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
    const auto* entries = reinterpret_cast<io_uring_cqe*>(completions_ + parameters_.cq_off.cqes);
    const io_uring_cqe done = entries[*head % parameters_.cq_entries];
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return done;
  }

 private:
  char* map(std::size_t bytes, std::uint64_t offset) const {
    void* const memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, static_cast<off_t>(offset));
    if (memory == MAP_FAILED) fail("mmap of a ring");
    return static_cast<char*>(memory);
  }

  static std::uint32_t* number(char* ring, std::uint32_t offset) {
    return reinterpret_cast<std::uint32_t*>(ring + offset);
  }

  io_uring_params parameters_{};
  int descriptor_ = -1;
  char* submissions_ = nullptr;
  char* completions_ = nullptr;
  io_uring_sqe* entries_ = nullptr;
  std::uint32_t submitted_ = 0;
};

std::uint64_t read_by_ring(const File& file) {
  Ring ring;
  std::vector<char*> buffers;
  std::size_t offset = 0, pending = 0;
  std::uint64_t sum = 0;
  const auto start = [&](std::size_t slot) {
    if (offset >= file.bytes) return;
    ring.submit(file, slot, buffers[slot], offset);
    offset += kPiece;
    ++pending;
  };
  for (std::size_t slot = 0; slot < kInFlight; ++slot) {
    buffers.push_back(make_buffer());
    start(slot);
  }
  for (; pending > 0; --pending) {
    const io_uring_cqe done = ring.wait();
    if (done.res < 0) return std::fprintf(stderr, "read: error %d\n", -done.res), std::exit(1), 0;
    sum += sum_pages(buffers[done.user_data], static_cast<std::size_t>(done.res));
    start(done.user_data);
  }
  return sum;
}

std::uint64_t read_in(std::string_view way, const char* path) {
  if (way == "mmap" || way == "willneed") return read_mapped(open_file(path, 0), way == "willneed");
  if (way == "pread") return read_copied(open_file(path, 0), 1);
  if (way == "direct") return read_copied(open_file(path, O_DIRECT), 1);
  if (way == "direct4") return read_copied(open_file(path, O_DIRECT), 4);
  if (way == "uring") return read_by_ring(open_file(path, O_DIRECT));
  std::fprintf(stderr, "%s: no such way\n", path);
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: read_file WAY FILE\n"), 2;
  std::printf("%llu\n", static_cast<unsigned long long>(read_in(argv[1], argv[2])));
}
