#include "format/dcp_globals.hpp"

#include <algorithm>
#include <array>

#include "format/pickle_names.hpp"
#include "format/torch_globals.hpp"

namespace weightsieve::format {
namespace {

struct Named {
  std::string_view name;
  DcpClass meaning;
};

constexpr std::array kClasses{
    Named{"torch.distributed.checkpoint.metadata Metadata", DcpClass::metadata},
    Named{"torch.distributed.checkpoint.metadata MetadataIndex", DcpClass::index},
    Named{"torch.distributed.checkpoint.filesystem _StorageInfo", DcpClass::storage_info},
    Named{"torch.distributed.checkpoint.metadata TensorStorageMetadata", DcpClass::tensor},
    Named{"torch.distributed.checkpoint.metadata BytesStorageMetadata", DcpClass::bytes},
    Named{"torch.distributed.checkpoint.metadata TensorProperties", DcpClass::properties},
    Named{"torch.distributed._shard.sharded_tensor.metadata TensorProperties", DcpClass::properties},
    Named{"torch.distributed.checkpoint.metadata ChunkStorageMetadata", DcpClass::chunk},
};

constexpr std::array<std::string_view, 3> kHarmless{
    "torch.distributed.checkpoint.metadata StorageMeta",
    "torch.distributed.checkpoint.metadata _MEM_FORMAT_ENCODING",
    "torch.distributed._shard.sharded_tensor.metadata MEM_FORMAT_ENCODING",
};

}  // namespace

DcpClass dcp_class(std::string_view global) noexcept {
  const auto at = std::ranges::find(kClasses, global, &Named::name);
  return at == kClasses.end() ? DcpClass::none : at->meaning;
}

// Paths are among them: the folder that was given to save() stands in the metadata as it was given.
bool is_known_dcp_global(std::string_view global) noexcept {
  return dcp_class(global) != DcpClass::none || is_known_global(global) || is_path_name(global) ||
         std::ranges::find(kHarmless, global) != kHarmless.end();
}

}  // namespace weightsieve::format
