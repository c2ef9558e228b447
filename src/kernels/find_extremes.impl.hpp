// The least and the greatest value of a block of finite values, each with the index of the first.
#pragma once

namespace weightsieve::kernel {
namespace {

template <typename T>
T value_at(const T* data, std::size_t index) noexcept {
  T value;
  __builtin_memcpy(&value, data + index, sizeof value);
  return value;
}

template <typename T>
std::size_t first_equal(const T* data, std::size_t values, T wanted) noexcept {
  using Values = xsimd::batch<T, Arch>;
  const Values pattern(wanted);
  std::size_t i = 0;
  while (i + Values::size <= values && !xsimd::any(Values::load_unaligned(data + i) == pattern)) {
    i += Values::size;
  }
  while (!(value_at(data, i) == wanted))
    ++i;
  return i;
}

template <typename T>
BlockExtremes<T> find_extremes(const std::byte* bytes, std::size_t values) noexcept {
  using Values = xsimd::batch<T, Arch>;
  const T* data = reinterpret_cast<const T*>(bytes);
  T min = value_at(data, 0), max = min;
  Values mins(min), maxs(max);
  std::size_t i = 0;
  for (; i + Values::size <= values; i += Values::size) {
    const Values x = Values::load_unaligned(data + i);
    mins = xsimd::min(mins, x);
    maxs = xsimd::max(maxs, x);
  }
  T lane[2 * Values::size];
  mins.store_unaligned(lane);
  maxs.store_unaligned(lane + Values::size);
  const auto take = [&](T x) {
    min = x < min ? x : min;
    max = x > max ? x : max;
  };
  for (const T x : lane)
    take(x);
  for (; i < values; ++i)
    take(value_at(data, i));

  const std::size_t argmin = first_equal(data, values, min);
  const std::size_t argmax = first_equal(data, values, max);
  return {.min = value_at(data, argmin), .max = value_at(data, argmax), .argmin = argmin, .argmax = argmax};
}

}  // namespace
}  // namespace weightsieve::kernel
