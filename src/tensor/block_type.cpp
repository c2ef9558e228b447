#include "weightsieve/tensor/block_type.hpp"

#include <algorithm>
#include <array>

namespace weightsieve {
namespace {

constexpr std::array kFirst{BlockScale{"d"}};
constexpr std::array kFirstTwo{BlockScale{"d"}, BlockScale{"m", Dtype::F16, 2}};
constexpr std::array kSuperFirst{BlockScale{"d"}, BlockScale{"dmin", Dtype::F16, 2}};
constexpr std::array kQ2K{BlockScale{"d", Dtype::F16, 80}, BlockScale{"dmin", Dtype::F16, 82}};
constexpr std::array kQ3K{BlockScale{"d", Dtype::F16, 108}};
constexpr std::array kQ6K{BlockScale{"d", Dtype::F16, 208}};
constexpr std::array kTernary1{BlockScale{"d", Dtype::F16, 52}};
constexpr std::array kTernary2{BlockScale{"d", Dtype::F16, 64}};
constexpr std::array kExponent{BlockScale{"e", Dtype::F8_E8M0}};
constexpr std::array kFourSmall{BlockScale{"d", Dtype::F8_E4M3, 0, 4}};

constexpr std::array kTable{
    BlockTypeInfo{""},
    BlockTypeInfo{"Q4_0", 32, 18, kFirst},
    BlockTypeInfo{"Q4_1", 32, 20, kFirstTwo},
    BlockTypeInfo{"Q5_0", 32, 22, kFirst},
    BlockTypeInfo{"Q5_1", 32, 24, kFirstTwo},
    BlockTypeInfo{"Q8_0", 32, 34, kFirst},
    BlockTypeInfo{"Q2_K", 256, 84, kQ2K},
    BlockTypeInfo{"Q3_K", 256, 110, kQ3K},
    BlockTypeInfo{"Q4_K", 256, 144, kSuperFirst},
    BlockTypeInfo{"Q5_K", 256, 176, kSuperFirst},
    BlockTypeInfo{"Q6_K", 256, 210, kQ6K},
    BlockTypeInfo{"IQ4_NL", 32, 18, kFirst},
    BlockTypeInfo{"IQ4_XS", 256, 136, kFirst},
    BlockTypeInfo{"TQ1_0", 256, 54, kTernary1},
    BlockTypeInfo{"TQ2_0", 256, 66, kTernary2},
    BlockTypeInfo{"MXFP4", 32, 17, kExponent},
    BlockTypeInfo{"NVFP4", 64, 36, kFourSmall},
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
