// What stands before the data of a GGUF file, little-endian:
//
//   1 "GGUF" | u32 version, 2 or 3 | u64 tensors | u64 entries
//   2 for each entry    text key | i32 type | value
//   3 for each tensor   text name | u32 n | n × u64 size, fastest first | i32 type | u64 offset in the data
//   4 zeros up to a multiple of the alignment, where the data begin
//
//   text    u64 length | bytes
//   value   a number | u8 truth | text | i32 type | u64 count | as many values
//
// After docs/gguf.md and src/gguf.cpp of ggml. Of the entries only those that say how to read the file are
// kept. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/ggml_type.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/io/source.hpp"
#include "weightsieve/tensor/shape.hpp"

namespace weightsieve::format {

struct GgufTensor {
  std::string name;
  Shape shape;  ///< slowest first, as everywhere
  const GgmlType* type;
  std::uint64_t elements;
  std::uint64_t bytes;
  std::uint64_t offset_bytes;  ///< in the data
  std::uint64_t at;            ///< in the file
};

/// What a part of a model in several files says of itself.
struct GgufPart {
  std::uint64_t number = 0;  ///< from 0
  std::uint64_t count = 1;
  std::optional<std::uint64_t> tensors = {};  ///< of all parts
  std::uint64_t at = 0;
};

struct GgufHeader {
  std::vector<GgufTensor> tensors;
  GgufPart part;
  std::uint64_t alignment = 32;
  std::uint64_t bytes = 0;  ///< up to the last tensor's entry
};

/// Throws by the GGUF rules that concern the header alone. Time and memory are linear in its bytes, whatever
/// it claims.
GgufHeader read_gguf_header(const Source& source, ProblemLog& problems);

}  // namespace weightsieve::format
