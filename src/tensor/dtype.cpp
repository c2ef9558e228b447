#include "weightsieve/tensor/dtype.hpp"

#include <algorithm>
#include <array>

namespace weightsieve {
namespace {

using enum ValueKind;

constexpr std::array kTable{
    DtypeInfo{"BOOL", 8, boolean},          DtypeInfo{"F4", 4, floating},
    DtypeInfo{"F6_E2M3", 6, floating},      DtypeInfo{"F6_E3M2", 6, floating},
    DtypeInfo{"U8", 8, unsigned_integer},   DtypeInfo{"I8", 8, signed_integer},
    DtypeInfo{"F8_E5M2", 8, floating},      DtypeInfo{"F8_E4M3", 8, floating},
    DtypeInfo{"F8_E8M0", 8, floating},      DtypeInfo{"F8_E4M3FNUZ", 8, floating},
    DtypeInfo{"F8_E5M2FNUZ", 8, floating},  DtypeInfo{"I16", 16, signed_integer},
    DtypeInfo{"U16", 16, unsigned_integer}, DtypeInfo{"F16", 16, floating},
    DtypeInfo{"BF16", 16, floating},        DtypeInfo{"I32", 32, signed_integer},
    DtypeInfo{"U32", 32, unsigned_integer}, DtypeInfo{"F32", 32, floating},
    DtypeInfo{"C64", 64, complex},          DtypeInfo{"F64", 64, floating},
    DtypeInfo{"I64", 64, signed_integer},   DtypeInfo{"U64", 64, unsigned_integer},
};

constexpr auto kAll = [] {
  std::array<Dtype, kTable.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<Dtype>(i);
  return all;
}();

}  // namespace

const DtypeInfo& dtype_info(Dtype dtype) noexcept { return kTable[static_cast<std::size_t>(dtype)]; }

std::optional<Dtype> dtype_from_name(std::string_view name) noexcept {
  const auto at = std::ranges::find(kTable, name, &DtypeInfo::name);
  if (at == kTable.end()) return std::nullopt;
  return static_cast<Dtype>(at - kTable.begin());
}

std::span<const Dtype> all_dtypes() noexcept { return kAll; }

bool has_values(Dtype dtype) noexcept { return dtype != Dtype::F6_E2M3 && dtype != Dtype::F6_E3M2; }

bool is_coded(Dtype dtype) noexcept { return dtype_info(dtype).bits <= 16 && has_values(dtype); }

std::uint64_t values_per_element(Dtype dtype) noexcept { return dtype == Dtype::C64 ? 2 : 1; }

}  // namespace weightsieve
