// The names that the metadata of PyTorch's distributed checkpoints uses, and what they mean to us. Immutable
// tables; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace weightsieve::format {

inline constexpr std::string_view kDcpMetadataModule = "torch.distributed.checkpoint.metadata";

enum class DcpClass : std::uint8_t { none, metadata, index, storage_info, tensor, bytes, properties, chunk };
/// Of "module name".
DcpClass dcp_class(std::string_view global) noexcept;

/// Whether honest metadata names it.
bool is_known_dcp_global(std::string_view global) noexcept;

}  // namespace weightsieve::format
