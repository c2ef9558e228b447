// Which kernel reads a dtype of more than 16 bits.
#pragma once

#include "weightsieve/kernels/kernels.hpp"
#include "weightsieve/tensor/dtype.hpp"
#include "weightsieve/tensor/number.hpp"

namespace weightsieve {

/// Requires a dtype of more than 16 bits.
constexpr WideType wide_type(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::F64:
      return WideType::f64;
    case Dtype::I32:
      return WideType::i32;
    case Dtype::U32:
      return WideType::u32;
    case Dtype::I64:
      return WideType::i64;
    case Dtype::U64:
      return WideType::u64;
    default:
      return WideType::f32;  // F32 and the halves of C64
  }
}

/// The number in a WideSummary's min_bits or max_bits.
Number number_of_bits(WideType type, std::uint64_t bits) noexcept;

}  // namespace weightsieve
