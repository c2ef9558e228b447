// The header of one safetensors file: read, checked, and turned into tensors.
//
//   0      u64, little-endian: N, the bytes of the header
//   8      the header: a JSON object {name: {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …},
//          and perhaps "__metadata__": {text: text, …}; begin and end count from the first byte of the data
//   8 + N  the data: tensors one after another without gaps, row-major, little-endian
//
// Specification: README.md and safetensors/src/tensor.rs of huggingface/safetensors; checked in the order of
// the latter's validate(). One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/problem_log.hpp"
#include "weightsieve/io/source.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve::format {

/// Bytes before the header.
inline constexpr std::uint64_t kLengthBytes = 8;

inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

/// Appends the file's tensors, in the order of their bytes (equal offsets by name), and returns the bytes of
/// its header, the 8 before it included. Throws Error{malformed}. Memory beyond the tensors: 5 × the header
/// at most, while it is read.
std::uint64_t read_safetensors(const Source& source, std::uint32_t file, std::vector<TensorInfo>& tensors,
                               ProblemLog& problems);

/// The offset in the file of the header's entry called `name`. Requires a file whose header was read.
std::uint64_t find_tensor(const Source& source, std::string_view name);

}  // namespace weightsieve::format
