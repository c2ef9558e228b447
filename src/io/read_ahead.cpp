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

bool needs_read_ahead(const InputFile& file) {
  // Such a file takes every request and has nothing to do: 512 MiB are 4,096 of them, a tenth of a profile.
  if (lives_in_memory(file.descriptor.number())) return false;
  const auto device = static_cast<dev_t>(file.identity.device);
  return kernel_read_ahead_kibibytes(std::to_string(major(device)) + ":" + std::to_string(minor(device))) <
         kFarKibibytes;
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

}  // namespace weightsieve::io
