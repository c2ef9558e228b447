// What the tensors of a checkpoint hold, for tests: read both ways, which must agree.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::test {

inline std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The bytes of all elements, read in pieces of `step` elements.
inline std::string content_of(const Checkpoint& checkpoint, std::size_t index, std::uint64_t step) {
  const TensorInfo& tensor = checkpoint.tensors.at(index);
  std::string content;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    SourcePool files = open_files(checkpoint, io);
    TensorReader reader(files);
    std::string read;
    for (std::uint64_t first = 0; first < tensor.elements; first += step)
      read += text_of(reader.read(tensor, first, std::min(step, tensor.elements - first)));
    if (io == IoMode::pread) CHECK(read == content);
    content = read;
  }
  return content;
}

/// At once.
inline std::string content_of(const Checkpoint& checkpoint, std::size_t index = 0) {
  return content_of(checkpoint, index, std::max<std::uint64_t>(checkpoint.tensors.at(index).elements, 1));
}

/// Those of a tensor of floats.
inline std::vector<float> elements(const Checkpoint& checkpoint, std::size_t index = 0,
                                   std::uint64_t step = 5) {
  const std::string content = content_of(checkpoint, index, step);
  std::vector<float> values(content.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), content.data(), values.size() * sizeof(float));
  return values;
}

}  // namespace weightsieve::test
