// How the tensors of a safetensors file share its data: one after another, without gaps, each with the bytes
// that its dtype and shape need. One thread.
#pragma once

#include <cstdint>
#include <span>

#include "format/json_text.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/io/source.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve::format {

/// Takes what EntryReader made of the header of `source`, whose data begins at `data_begin`. Orders the
/// tensors by offset and name, checks them against each other and the file, and completes them: elements, and
/// offset_bytes from the start of the file. Throws by the rules ST-HOLE to ST-TRUNCATED; warns of bytes
/// behind the last tensor. O(n log n) at most, linear when they are in order already.
void check_layout(std::span<TensorInfo> tensors, const Source& source, std::uint64_t data_begin,
                  JsonText& json, ProblemLog& problems);

}  // namespace weightsieve::format
