#include "io/read_ahead.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "io/file_kind.hpp"

namespace weightsieve::io {
namespace {

constexpr std::uint64_t kFarKibibytes = 1024;

// The kernel takes no more at a time than the disk's largest request, and drops the rest.
constexpr std::uint64_t kRequestBytes = std::uint64_t{128} << 10;

// How far a front is ahead of the thread that is farthest, and how often it touches: as if by a reader from
// the begin on, never back and forth, or the kernel takes it for random and reads single small pages (every 4
// MiB: 1.6 GB/s; a look at the far end first: 1.5). Where all is in the page cache that takes a hundredth of
// a profile.
constexpr std::uint64_t kFrontBytes = std::uint64_t{32} << 20;
constexpr std::uint64_t kTouchBytes = std::uint64_t{256} << 10;

// Threads of one pass are closer to each other than this; what is farther away is another place or pass.
constexpr std::uint64_t kFarAhead = std::uint64_t{128} << 20;
constexpr std::uint64_t kFarBehind = std::uint64_t{4} << 30;

// Not by mincore(): of files that one may not write it says that all is there.
bool is_cached(int descriptor, std::uint64_t offset_bytes) noexcept {
  char byte;
  const iovec target{&byte, 1};
  return ::preadv2(descriptor, &target, 1, static_cast<off_t>(offset_bytes), RWF_NOWAIT) == 1;
}

/// Of whatever lies below the file system: the file system itself, a disk, or the disk of a partition.
std::uint64_t kernel_read_ahead_kibibytes(const std::string& device) {
  for (const std::string& folder : {"/sys/class/bdi/" + device, "/sys/dev/block/" + device + "/queue",
                                    "/sys/dev/block/" + device + "/../queue"}) {
    std::uint64_t kibibytes = 0;
    if (std::ifstream(folder + "/read_ahead_kb") >> kibibytes) return kibibytes;
  }
  return 0;
}

}  // namespace

ReadAhead read_ahead_for(const InputFile& file) {
  // Such a file takes every request and has nothing to do: 512 MiB are 4,096 of them, a tenth of a profile.
  if (lives_in_memory(file.descriptor.number())) return ReadAhead::none;
  const auto device = static_cast<dev_t>(file.identity.device);
  const std::string name = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  return kernel_read_ahead_kibibytes(name) < kFarKibibytes ? ReadAhead::hints : ReadAhead::front;
}

void read_ahead(const InputFile& file, std::uint64_t offset_bytes, std::uint64_t length) noexcept {
  const std::uint64_t size = file.identity.size_bytes;
  if (offset_bytes >= size || length == 0) return;
  const std::uint64_t end = offset_bytes + std::min(length, size - offset_bytes);
  const int descriptor = file.descriptor.number();
  if (is_cached(descriptor, end - 1)) return;
  for (std::uint64_t at = offset_bytes; at < end; at += kRequestBytes) {
    const std::uint64_t some = std::min(kRequestBytes, end - at);
    ::posix_fadvise(descriptor, static_cast<off_t>(at), static_cast<off_t>(some), POSIX_FADV_WILLNEED);
  }
}

/// At a place of its own it waits for the next call: the kernel takes a first touch in the midst of nowhere
/// for a random one, and reads a single page.
void ReadFront::go_ahead_of(const InputFile& file, std::uint64_t offset_bytes) noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  const bool is_elsewhere = offset_bytes > begin_ + kFarAhead || offset_bytes + kFarBehind < begin_;
  if (is_elsewhere) begin_ = offset_bytes;
  const std::uint64_t end = std::min(file.identity.size_bytes, offset_bytes + kFrontBytes);
  if (is_elsewhere || begin_ >= end) return;
  const int descriptor = file.descriptor.number();
  for (; begin_ < end; begin_ += kTouchBytes)
    is_cached(descriptor, begin_);
}

}  // namespace weightsieve::io
