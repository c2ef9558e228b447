// Bytes that are reused from call to call: grown when needed, never cleared, content lost when growing.
#pragma once

#include <cstddef>
#include <memory>

namespace weightsieve::codec {

class Buffer {
 public:
  std::byte* reserve(std::size_t bytes) {
    if (bytes > capacity_) {
      bytes_.reset();  // first, so that old and new are never there together
      capacity_ = 0;
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
      capacity_ = bytes;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
};

}  // namespace weightsieve::codec
