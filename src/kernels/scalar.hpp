// The plain C++ loops: what every table falls back on, and what the others must equal to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

extern const KernelTable kScalarTable;

namespace scalar {

void count8(const std::byte* data, std::size_t bytes, std::uint32_t* counts) noexcept;
void count16(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept;
template <typename T>
void count_top16(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept;
std::size_t find8(const std::byte* data, std::size_t bytes, std::uint8_t code) noexcept;
std::size_t find16(const std::byte* data, std::size_t values, std::uint16_t code) noexcept;

/// Of f32 and f64.
template <typename T>
void summarize_floats(const std::byte* data, std::size_t values, const IntervalBounds& bounds,
                      std::uint64_t* below, std::uint64_t* above, std::uint32_t* top16,
                      WideSummary* summary) noexcept;

/// Of f32 and f64.
template <typename T>
std::size_t pick(const std::byte* data, std::size_t values, const std::uint8_t* wanted, std::uint16_t window,
                 std::byte* out) noexcept;

template <typename T>
void widen(const std::byte* data, std::size_t values, double* out) noexcept;

void widen_f16(const std::byte* data, std::size_t values, float* out) noexcept;

/// Of f32 and f64.
template <typename T>
bool compare(const std::byte* a, const std::byte* b, std::size_t values, PairSums* sums) noexcept;

}  // namespace scalar
}  // namespace weightsieve::kernel
