#include "io/mapped_stretch.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <span>
#include <string>

namespace weightsieve::io {
namespace {

// Long enough that opening does not count; its page tables take 2 MiB at most.
constexpr std::uint64_t kStrideBytes = std::uint64_t{1} << 30;

// The kernel maps up to this much at one touch.
constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20;

std::uint64_t stretch_begin(std::uint64_t offset_bytes) { return offset_bytes - offset_bytes % kStrideBytes; }

// Stretches overlap by the longest view.
std::size_t stretch_length(const InputFile& file, std::uint64_t offset_bytes) {
  const std::uint64_t left = file.identity.size_bytes - stretch_begin(offset_bytes);
  return static_cast<std::size_t>(std::min(left, kStrideBytes + kMaxWindowBytes));
}

// Boost maps by path only. This one leads to the file that was opened, whatever its name leads to by now.
std::string path_of(const FileDescriptor& descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor.number());
}

GuardedRange guarded_range(const boost::iostreams::mapped_file_source& map, std::uint64_t offset_bytes,
                           FaultLog& log) {
  const auto address = reinterpret_cast<std::uintptr_t>(map.data());
  return {address, address + map.size(), offset_bytes, &log};
}

}  // namespace

MappedStretch::MappedStretch(const InputFile& file, std::uint64_t offset_bytes, FaultLog& log)
    : MappedStretch(file, stretch_begin(offset_bytes), stretch_length(file, offset_bytes), log) {}

MappedStretch::MappedStretch(const InputFile& file, std::uint64_t begin, std::size_t length, FaultLog& log)
    : begin_(begin),
      map_(path_of(file.descriptor), length, static_cast<std::int64_t>(begin)),
      guard_(guarded_range(map_, begin, log)) {}

bool MappedStretch::holds(std::uint64_t offset_bytes, std::size_t length) const noexcept {
  return offset_bytes >= begin_ && offset_bytes + length <= begin_ + map_.size();
}

Bytes MappedStretch::view(std::uint64_t offset_bytes, std::size_t length) const noexcept {
  return std::as_bytes(std::span(map_.data(), map_.size())).subspan(offset_bytes - begin_, length);
}

void MappedStretch::release(std::uint64_t offset_bytes, std::size_t length) const noexcept {
  const std::uint64_t first = offset_bytes - begin_;
  const std::uint64_t begin = first - first % kHugePageBytes;
  const std::uint64_t end = first + length + kHugePageBytes - 1;
  const std::uint64_t last = std::min<std::uint64_t>(end - end % kHugePageBytes, map_.size());
  ::madvise(const_cast<char*>(map_.data()) + begin, static_cast<std::size_t>(last - begin), MADV_DONTNEED);
}

}  // namespace weightsieve::io
