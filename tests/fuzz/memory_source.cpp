#include "fuzz/memory_source.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace weightsieve::test {

Bytes MemorySource::View::view(std::uint64_t offset_bytes, std::size_t length) {
  const bool inside = offset_bytes <= bytes_.size() && length <= bytes_.size() - offset_bytes;
  if (!inside || length > kMaxWindowBytes) {
    std::fprintf(stderr, "view(%llu, %zu) of %zu bytes breaks the contract\n",
                 static_cast<unsigned long long>(offset_bytes), length, bytes_.size());
    std::abort();
  }
  copy_.reset(new std::byte[length]);
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset_bytes), length, copy_.get());
  return {copy_.get(), length};
}

}  // namespace weightsieve::test
