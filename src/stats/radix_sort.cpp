#include "stats/radix_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "weightsieve/stats/rank_search.hpp"

namespace weightsieve {
namespace {

constexpr unsigned kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr std::size_t kTooFewToCount = 512;

double value_of_key(std::uint64_t key) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return std::bit_cast<double>((key & sign) != 0 ? key ^ sign : ~key);
}

/// One stable pass by the digit at `shift`; does nothing when all keys share it.
void sort_by_digit(std::vector<std::uint64_t>& keys, std::vector<std::uint64_t>& scratch, unsigned shift) {
  std::array<std::uint32_t, kDigits> starts{};
  const auto digit = [shift](std::uint64_t key) { return key >> shift & (kDigits - 1); };
  for (const std::uint64_t key : keys)
    ++starts[digit(key)];
  if (starts[digit(keys.front())] == keys.size()) return;
  std::uint32_t start = 0;
  for (std::uint32_t& count : starts) {
    const std::uint32_t next = start + count;
    count = start;
    start = next;
  }
  for (const std::uint64_t key : keys)
    scratch[starts[digit(key)]++] = key;
  keys.swap(scratch);
}

}  // namespace

void radix_sort(std::vector<double>& values) {
  if (values.size() < kTooFewToCount) {
    std::ranges::sort(values);
    return;
  }
  std::vector<std::uint64_t> keys(values.size()), scratch(values.size());
  std::ranges::transform(values, keys.begin(), order_key);
  for (unsigned shift = 0; shift < 64; shift += kDigitBits)
    sort_by_digit(keys, scratch, shift);
  std::ranges::transform(keys, values.begin(), value_of_key);
}

}  // namespace weightsieve
