// Where a group of elements is cut: what lies below goes.
#pragma once

#include <cstdint>
#include <span>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::prune {

/// The elements go whose key is below `key`, and those equal to it at an index below `ties_before` in their
/// tensor.
struct KeyCut {
  std::uint64_t key = 0;
  std::uint64_t ties_before = 0;
};

/// Sets drop[i] where element first + i goes by its magnitude.
void mark_magnitudes(Dtype dtype, const KeyCut& cut, std::uint64_t first, Bytes bytes,
                     std::span<std::uint8_t> drop) noexcept;

/// Sets drop[i] where element first + i, whose key is keys[i], goes.
void mark_keys(const KeyCut& cut, std::uint64_t first, std::span<const std::uint64_t> keys,
               std::span<std::uint8_t> drop) noexcept;

/// Sets drop[i] for the k least of `keys` but kNoKey, of equal ones the first. `scratch` is overwritten.
/// Linear on average.
void mark_least(std::span<const std::uint64_t> keys, std::uint64_t k, std::span<std::uint64_t> scratch,
                std::span<std::uint8_t> drop);

}  // namespace weightsieve::prune
