// What the .metadata file of a distributed PyTorch checkpoint (DCP) says: a pickle of plain objects.
//
//   Metadata      state_dict_metadata: flat name → TensorStorageMetadata | BytesStorageMetadata
//                 planner_data:        flat name → the path of keys that it was made of
//                 storage_data:        MetadataIndex(flat name, offsets) → _StorageInfo(file, offset, length)
//   TensorStorageMetadata  properties (dtype, layout, …), size, chunks: offsets and sizes of each
//
// After torch/distributed/checkpoint/metadata.py and filesystem.py of PyTorch 2.15. Plain values; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/problem_log.hpp"
#include "weightsieve/io/source.hpp"
#include "weightsieve/tensor/dtype.hpp"
#include "weightsieve/tensor/shape.hpp"

namespace weightsieve::format {

/// Thousands of tensors, in thousands of chunks each, need more than one rank's pickle.
inline constexpr std::uint64_t kMaxDcpMetadataBytes = std::uint64_t{512} << 20;
inline constexpr std::uint64_t kMaxDcpMetadataOpcodes = 100'000'000;

/// A stretch of a file that holds one chunk of a tensor, or bytes.
struct DcpItem {
  std::string file;
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;
  bool is_transformed = false;  ///< compressed, for example
  std::uint64_t at = 0;         ///< where .metadata says it
};

/// A box of a tensor.
struct DcpChunk {
  Shape begin;
  Shape sizes;
  std::size_t item = 0;
};

struct DcpTensor {
  std::vector<std::string> path;  ///< of keys in nested dicts
  std::string dtype_name;         ///< "torch.float32"
  std::optional<Dtype> dtype;     ///< nothing for one that is not read
  bool is_strided = true;         ///< its layout is the plain one
  Shape sizes;
  std::vector<DcpChunk> chunks;  ///< none of which is empty
  std::uint64_t at = 0;          ///< where .metadata says it
};

struct DcpMetadata {
  std::vector<DcpTensor> tensors;
  std::vector<std::vector<std::string>> bytes;  ///< paths of what is no tensor
  std::vector<DcpItem> items;
};

/// Whether a file that begins so is the metadata of a distributed checkpoint.
bool begins_dcp_metadata(Bytes first_bytes) noexcept;

/// Throws by the PICKLE and DCP rules.
DcpMetadata read_dcp_metadata(const Source& source, ProblemLog& problems);

}  // namespace weightsieve::format
