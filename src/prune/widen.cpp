#include "prune/widen.hpp"

#include <span>
#include <vector>

#include "weightsieve/kernels/kernels.hpp"
#include "weightsieve/tensor/code_value.hpp"

namespace weightsieve::prune {
namespace {

std::vector<double> make_code_values(Dtype dtype) {
  std::vector<double> values(std::size_t{1} << dtype_info(dtype).bits);
  for (std::uint32_t code = 0; code < values.size(); ++code)
    values[code] = code_value(dtype, code);
  return values;
}

/// What each code of a prunable dtype of at most 16 bits means.
std::span<const double> code_values(Dtype dtype) {
  static const auto tables = [] {
    std::vector<std::vector<double>> made(all_dtypes().size());
    for (const Dtype each :
         {Dtype::F8_E5M2, Dtype::F8_E4M3, Dtype::F8_E4M3FNUZ, Dtype::F8_E5M2FNUZ, Dtype::F16, Dtype::BF16})
      made[static_cast<std::size_t>(each)] = make_code_values(each);
    return made;
  }();
  return tables[static_cast<std::size_t>(dtype)];
}

}  // namespace

void widen(Dtype dtype, Bytes bytes, std::size_t count, double* out) noexcept {
  const auto wide = [&](WideType type) {
    kernels().widen[static_cast<std::size_t>(type)](bytes.data(), count, out);
  };
  if (dtype == Dtype::F32) return wide(WideType::f32);
  if (dtype == Dtype::F64) return wide(WideType::f64);
  const std::span<const double> values = code_values(dtype);
  if (dtype_info(dtype).bits == 8) {
    for (std::size_t i = 0; i < count; ++i)
      out[i] = values[std::to_integer<std::size_t>(bytes[i])];
    return;
  }
  for (std::size_t i = 0; i < count; ++i)
    out[i] = values[load<std::uint16_t>(bytes.data() + 2 * i)];
}

}  // namespace weightsieve::prune
