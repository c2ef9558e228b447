#include "stats/radix_sort.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "stats/float_key.hpp"
#include "weightsieve/stats/rank_search.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kTooFewToCount = 512;

/// Digits of equal width that cover the bits in which keys differ.
struct Digits {
  unsigned low = 0;
  unsigned width = 0;
  unsigned count = 0;

  std::size_t values() const noexcept { return std::size_t{1} << width; }

  template <class Key>
  std::size_t of(Key key, unsigned digit) const noexcept {
    return static_cast<std::size_t>(key >> (low + digit * width)) & (values() - 1);
  }
};

/// Wide digits need fewer passes, but as many counters as values would take longer to add up than to sort.
template <class Key>
Digits digits_of(const std::vector<Key>& keys) {
  Key differing = 0;
  for (const Key key : keys)
    differing |= key ^ keys.front();
  if (differing == 0) return {};
  const auto widest = std::clamp(static_cast<unsigned>(std::bit_width(keys.size())) - 2, 8u, 12u);
  const auto low = static_cast<unsigned>(std::countr_zero(differing));
  const unsigned bits = static_cast<unsigned>(std::bit_width(differing)) - low;
  const unsigned count = (bits + widest - 1) / widest;
  return {low, (bits + count - 1) / count, count};
}

/// How often each value of each digit occurs, one digit after the other.
template <class Key>
std::vector<std::uint32_t> count_digits(const std::vector<Key>& keys, const Digits& digits) {
  std::vector<std::uint32_t> counts(digits.count << digits.width);
  for (const Key key : keys) {
    for (unsigned digit = 0; digit < digits.count; ++digit)
      ++counts[(digit << digits.width) + digits.of(key, digit)];
  }
  return counts;
}

void to_starts(std::span<std::uint32_t> counts) {
  std::uint32_t start = 0;
  for (std::uint32_t& count : counts) {
    const std::uint32_t next = start + count;
    count = start;
    start = next;
  }
}

template <class Key>
void sort_keys(std::vector<Key>& keys) {
  if (keys.size() < kTooFewToCount) {
    std::ranges::sort(keys);
    return;
  }
  const Digits digits = digits_of(keys);
  std::vector<std::uint32_t> counts = count_digits(keys, digits);
  std::vector<Key> scratch(keys.size());
  for (unsigned digit = 0; digit < digits.count; ++digit) {
    const std::span<std::uint32_t> starts(counts.data() + (digit << digits.width), digits.values());
    to_starts(starts);
    for (const Key key : keys)
      scratch[starts[digits.of(key, digit)]++] = key;
    keys.swap(scratch);
  }
}

/// The keys of values that came from F32; nothing where one did not.
std::vector<std::uint32_t> float_keys_of(const std::vector<double>& values) {
  std::vector<std::uint32_t> keys(values.size());
  bool fit = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<float>(values[i]);
    fit &= static_cast<double>(value) == values[i];
    keys[i] = float_key(std::bit_cast<std::uint32_t>(value));
  }
  if (!fit) keys.clear();
  return keys;
}

}  // namespace

void radix_sort(std::vector<std::uint32_t>& keys) { sort_keys(keys); }

void radix_sort(std::vector<std::uint64_t>& keys) { sort_keys(keys); }

void radix_sort(std::vector<double>& values) {
  if (std::vector<std::uint32_t> keys = float_keys_of(values); !keys.empty()) {
    radix_sort(keys);
    std::ranges::transform(keys, values.begin(), value_of_float_key);
    return;
  }
  std::vector<std::uint64_t> keys(values.size());
  std::ranges::transform(values, keys.begin(), order_key);
  radix_sort(keys);
  std::ranges::transform(keys, values.begin(), value_of_order_key);
}

}  // namespace weightsieve
