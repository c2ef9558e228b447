#include "stats/common_values.hpp"

#include <array>
#include <bit>
#include <vector>

#include "stats/code_table.hpp"
#include "stats/wide_type.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve {
namespace {

float float_of_bf16(std::uint16_t code) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(code) << 16);
}

template <class Code, class Convert>
void convert(const std::byte* data, std::size_t count, float* out, Convert value) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = value(load<Code>(data + i * sizeof(Code)));
}

using ByteValues = std::array<float, 256>;

/// What each byte means in a dtype of 8 bits.
const ByteValues& byte_values(Dtype dtype) {
  static const std::vector<ByteValues> tables = [] {
    std::vector<ByteValues> made(all_dtypes().size());
    for (const Dtype each : all_dtypes()) {
      if (!is_coded(each) || dtype_info(each).bits != 8) continue;
      for (std::size_t code = 0; code < 256; ++code)
        made[static_cast<std::size_t>(each)][code] = static_cast<float>(code_values(each)[code]);
    }
    return made;
  }();
  return tables[static_cast<std::size_t>(dtype)];
}

void convert_nibbles(const std::byte* data, std::size_t count, float* out) noexcept {
  const std::span<const double> values = code_values(Dtype::F4);
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(values[std::to_integer<std::size_t>(data[i / 2]) >> (i % 2 * 4) & 15]);
}

void convert_codes(Dtype dtype, const std::byte* data, std::size_t count, float* out) noexcept {
  switch (dtype) {
    case Dtype::F4:
      return convert_nibbles(data, count, out);
    case Dtype::BF16:
      return convert<std::uint16_t>(data, count, out, float_of_bf16);
    case Dtype::F16:
      return kernels().widen_f16(data, count, out);
    case Dtype::I16:
      return convert<std::int16_t>(data, count, out, [](auto value) { return static_cast<float>(value); });
    case Dtype::U16:
      return convert<std::uint16_t>(data, count, out, [](auto value) { return static_cast<float>(value); });
    default:
      break;
  }
  const ByteValues& values = byte_values(dtype);
  convert<std::uint8_t>(data, count, out, [&values](std::uint8_t code) { return values[code]; });
}

}  // namespace

bool fits_float(Dtype dtype) noexcept {
  return is_coded(dtype) || dtype == Dtype::F32 || dtype == Dtype::C64;
}

const std::byte* as_floats(Dtype dtype, const std::byte* data, std::size_t count, float* room) noexcept {
  if (!is_coded(dtype)) return data;
  convert_codes(dtype, data, count, room);
  return reinterpret_cast<const std::byte*>(room);
}

const std::byte* as_doubles(Dtype dtype, const std::byte* data, std::size_t count, double* room) noexcept {
  if (dtype == Dtype::F64) return data;
  if (!is_coded(dtype)) {
    kernels().widen[static_cast<std::size_t>(wide_type(dtype))](data, count, room);
  } else {
    std::array<float, kBlockValues> narrow;
    convert_codes(dtype, data, count, narrow.data());
    for (std::size_t i = 0; i < count; ++i)
      room[i] = static_cast<double>(narrow[i]);
  }
  return reinterpret_cast<const std::byte*>(room);
}

}  // namespace weightsieve
