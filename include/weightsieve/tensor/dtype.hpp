// Element types of tensors, under the names that safetensors gives them. Immutable table; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weightsieve {

/// In the order of the safetensors library, by which writers align: narrow first.
enum class Dtype : std::uint8_t {
  BOOL,
  F4,
  F6_E2M3,
  F6_E3M2,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  F8_E8M0,
  F8_E4M3FNUZ,
  F8_E5M2FNUZ,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64
};

enum class ValueKind : std::uint8_t { boolean, signed_integer, unsigned_integer, floating, complex };

struct DtypeInfo {
  std::string_view name;  ///< "F32"
  unsigned bits;          ///< per element
  ValueKind kind;
};

const DtypeInfo& dtype_info(Dtype dtype) noexcept;

/// Exact, case-sensitive match; nothing for a name that is not in the table.
std::optional<Dtype> dtype_from_name(std::string_view name) noexcept;

/// Every dtype, in table order.
std::span<const Dtype> all_dtypes() noexcept;

/// False for the 6-bit types: how safetensors packs them into bytes is not specified, so their values cannot
/// be read with certainty.
bool has_values(Dtype dtype) noexcept;

/// Whether elements are counted by their bit pattern: at most 16 bits and has_values().
bool is_coded(Dtype dtype) noexcept;

/// Numbers an element holds: 2 for C64 (real, imaginary), else 1.
std::uint64_t values_per_element(Dtype dtype) noexcept;

}  // namespace weightsieve
