// What a bit pattern of at most 16 bits stands for. Pure functions; any thread.
#pragma once

#include <cstdint>

#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// The number that the bit pattern `code` means in `dtype`, exactly. Requires is_coded(dtype) and a code of
/// at most dtype's bits (F4: one nibble).
///
/// Sources: IEEE 754-2019 binary16; BF16 is the upper half of binary32; F8_E4M3 and F8_E5M2 are those of the
/// OCP 8-bit floating point specification 1.0 (E4M3 has no infinity; NaN is S.1111.111); the FNUZ kinds have
/// one zero, NaN at 0x80 and a bias one larger; F8_E8M0 is 2^(code − 127) with NaN at 0xFF and F4 is E2M1,
/// both of the OCP microscaling specification 1.0. BOOL: every byte but 0 is 1.
double code_value(Dtype dtype, std::uint32_t code) noexcept;

/// Whether `code` is a subnormal number of `dtype`: not zero, with the least exponent. Integers have none.
bool is_subnormal_code(Dtype dtype, std::uint32_t code) noexcept;

}  // namespace weightsieve
