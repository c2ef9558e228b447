#include "weightsieve/tensor/block_type.hpp"

#include <algorithm>
#include <array>

namespace weightsieve {
namespace {

constexpr std::array kTable{
    BlockTypeInfo{""},
    BlockTypeInfo{"Q4_0", 32, 18},
    BlockTypeInfo{"Q4_1", 32, 20},
    BlockTypeInfo{"Q5_0", 32, 22},
    BlockTypeInfo{"Q5_1", 32, 24},
    BlockTypeInfo{"Q8_0", 32, 34},
    BlockTypeInfo{"Q2_K", 256, 84},
    BlockTypeInfo{"Q3_K", 256, 110},
    BlockTypeInfo{"Q4_K", 256, 144},
    BlockTypeInfo{"Q5_K", 256, 176},
    BlockTypeInfo{"Q6_K", 256, 210},
    BlockTypeInfo{"IQ4_NL", 32, 18},
    BlockTypeInfo{"IQ4_XS", 256, 136},
    BlockTypeInfo{"TQ1_0", 256, 54},
    BlockTypeInfo{"TQ2_0", 256, 66},
    BlockTypeInfo{"MXFP4", 32, 17},
    BlockTypeInfo{"NVFP4", 64, 36},
};

constexpr auto kAll = [] {
  std::array<BlockType, kTable.size() - 1> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<BlockType>(i + 1);
  return all;
}();

}  // namespace

const BlockTypeInfo& block_type_info(BlockType type) noexcept {
  return kTable[static_cast<std::size_t>(type)];
}

std::optional<BlockType> block_type_from_name(std::string_view name) noexcept {
  const auto at =
      std::ranges::find_if(kAll, [&](BlockType type) { return block_type_info(type).name == name; });
  if (at == kAll.end()) return std::nullopt;
  return *at;
}

std::span<const BlockType> all_block_types() noexcept { return kAll; }

}  // namespace weightsieve
