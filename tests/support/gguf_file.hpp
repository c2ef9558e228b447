// Writes GGUF files for tests: good ones by their tensors, broken ones by setting any field.
//
// Deliberately naive and independent of the reader: no check of anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/safetensors_file.hpp"

namespace weightsieve::test {

namespace gguf {

inline constexpr std::uint32_t kU8 = 0, kU16 = 2, kI16 = 3, kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7,
                               kText = 8, kArray = 9, kU64 = 10, kF64 = 12;

inline std::string text(std::string_view value) {
  return bytes_of<std::uint64_t>(value.size()) + std::string(value);
}

/// An entry of the metadata; `value` is its bytes.
inline std::string entry(std::string_view key, std::uint32_t type, const std::string& value) {
  return text(key) + bytes_of(type) + value;
}

inline std::string array(std::uint32_t type, std::uint64_t count, const std::string& values) {
  return bytes_of(type) + bytes_of(count) + values;
}

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> sizes;  ///< fastest first
  std::uint32_t type = 0;
  std::string data = {};
  std::optional<std::uint64_t> offset = {};
  std::optional<std::uint32_t> dimensions = {};
};

}  // namespace gguf

struct GgufFile {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::optional<std::uint64_t> tensor_count = {};
  std::optional<std::uint64_t> entry_count = {};
  std::vector<std::string> entries = {};
  std::vector<gguf::Tensor> tensors = {};
  std::uint64_t alignment = 32;

  std::string header() const {
    std::string bytes = magic + bytes_of(version);
    bytes += bytes_of(tensor_count.value_or(tensors.size())) + bytes_of(entry_count.value_or(entries.size()));
    for (const std::string& entry : entries)
      bytes += entry;
    std::uint64_t offset = 0;
    for (const gguf::Tensor& tensor : tensors) {
      bytes += gguf::text(tensor.name);
      bytes += bytes_of(tensor.dimensions.value_or(static_cast<std::uint32_t>(tensor.sizes.size())));
      bytes += bytes_of(tensor.sizes) + bytes_of(tensor.type) + bytes_of(tensor.offset.value_or(offset));
      offset += padded(tensor.data).size();
    }
    return bytes;
  }

  std::string file() const {
    std::string bytes = padded(header());
    for (const gguf::Tensor& tensor : tensors)
      bytes += padded(tensor.data);
    return bytes;
  }

 private:
  std::string padded(std::string bytes) const {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    return bytes;
  }
};

}  // namespace weightsieve::test
