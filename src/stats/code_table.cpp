#include "stats/code_table.hpp"

#include <cmath>
#include <mutex>
#include <vector>

#include "weightsieve/stats/buckets.hpp"
#include "weightsieve/tensor/code_value.hpp"

namespace weightsieve {
namespace {

/// The first code in walking order that occurs and is finite; `index(step)` goes up or down by one from an
/// end of a half of all codes.
template <class Index>
std::optional<std::uint32_t> first_occurring(std::span<const double> values,
                                             std::span<const std::uint32_t> counts, std::uint32_t steps,
                                             Index index) {
  for (std::uint32_t block = 0; block < steps; block += kBlockCodes) {
    if (block_is_empty(counts, index(block))) continue;
    for (std::uint32_t step = block; step < block + kBlockCodes; ++step) {
      const std::uint32_t code = index(step);
      if (counts[code] != 0 && std::isfinite(values[code])) return code;
    }
  }
  return std::nullopt;
}

/// Filled by the first that asks.
struct ValueTable {
  std::once_flag made;
  std::vector<double> values{};
};

}  // namespace

CodeOrder code_order(Dtype dtype) noexcept {
  if (dtype == Dtype::F8_E8M0) return CodeOrder::unsigned_integer;
  switch (dtype_info(dtype).kind) {
    case ValueKind::boolean:
    case ValueKind::unsigned_integer:
      return CodeOrder::unsigned_integer;
    case ValueKind::signed_integer:
      return CodeOrder::twos_complement;
    case ValueKind::floating:
    case ValueKind::complex:
      break;
  }
  return CodeOrder::sign_magnitude;
}

std::span<const double> code_values(Dtype dtype) {
  static std::vector<ValueTable> tables(all_dtypes().size());
  ValueTable& table = tables[static_cast<std::size_t>(dtype)];
  std::call_once(table.made, [&] {
    table.values.resize(code_space(dtype));
    for (std::uint32_t code = 0; code < table.values.size(); ++code)
      table.values[code] = code_value(dtype, code);
  });
  return table.values;
}

std::optional<std::uint32_t> least_code(Dtype dtype, std::span<const std::uint32_t> counts) {
  const std::span<const double> values = code_values(dtype);
  const auto half = static_cast<std::uint32_t>(counts.size() / 2);
  const auto up = [&](std::uint32_t from) {
    return first_occurring(values, counts, half, [from](std::uint32_t step) { return from + step; });
  };
  const auto down_from_end = [&] {
    return first_occurring(values, counts, half, [half](std::uint32_t step) { return 2 * half - 1 - step; });
  };
  switch (code_order(dtype)) {
    case CodeOrder::unsigned_integer:
      break;
    case CodeOrder::twos_complement: {
      const auto negative = up(half);
      return negative ? negative : up(0);
    }
    case CodeOrder::sign_magnitude: {
      const auto negative = down_from_end();
      return negative ? negative : up(0);
    }
  }
  const auto lower = up(0);
  return lower ? lower : up(half);
}

std::optional<std::uint32_t> greatest_code(Dtype dtype, std::span<const std::uint32_t> counts) {
  const std::span<const double> values = code_values(dtype);
  const auto half = static_cast<std::uint32_t>(counts.size() / 2);
  const auto down = [&](std::uint32_t from) {
    return first_occurring(values, counts, half, [from](std::uint32_t step) { return from - step; });
  };
  const auto up_from_half = [&] {
    return first_occurring(values, counts, half, [half](std::uint32_t step) { return half + step; });
  };
  switch (code_order(dtype)) {
    case CodeOrder::unsigned_integer:
      break;
    case CodeOrder::twos_complement: {
      const auto positive = down(half - 1);
      return positive ? positive : down(2 * half - 1);
    }
    case CodeOrder::sign_magnitude: {
      const auto positive = down(half - 1);
      return positive ? positive : up_from_half();
    }
  }
  const auto upper = down(2 * half - 1);
  return upper ? upper : down(half - 1);
}

}  // namespace weightsieve
