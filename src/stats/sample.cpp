#include "weightsieve/stats/sample.hpp"

#include <algorithm>
#include <bit>

#include "weightsieve/base/checked.hpp"

namespace weightsieve {
namespace {

/// SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014): every output bit depends on every input bit.
std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

__extension__ using Wide = unsigned __int128;

}  // namespace

SamplePlan::SamplePlan(std::uint64_t seed, std::uint64_t stream, std::uint64_t population,
                       std::uint64_t size) noexcept
    : key_(mix(mix(seed) ^ stream)), population_(population), size_(std::min(size, population)) {
  const bool fits = size_ != 0 && population_ <= UINT64_MAX / size_;
  if (fits && std::has_single_bit(size_)) shift_ = static_cast<unsigned>(std::countr_zero(size_));
}

/// ⌊(slot + u) × n / N⌋ for u = bits / 2^64, without rounding: slot × n + ⌊u × n⌋, divided by N.
void SamplePlan::positions(std::uint64_t first_slot, std::span<std::uint64_t> positions) const noexcept {
  if (positions.empty()) return;
  if (shift_ == kNoShift) return positions_of_any(first_slot, positions);
  std::uint64_t slot = first_slot, begin = first_slot * population_;
  for (std::uint64_t& position : positions) {
    position = (begin + offset_in(slot++)) >> shift_;
    begin += population_;
  }
}

/// Where slot × n may not fit 64 bits, or N is no power of two: slot × n = q × N + r, so it is q + ⌊(r + t) /
/// N⌋. Going from slot to slot, q and r are added to: no number of 128 bits has to be divided.
void SamplePlan::positions_of_any(std::uint64_t first_slot,
                                  std::span<std::uint64_t> positions) const noexcept {
  const std::uint64_t step = population_ / size_, rest = population_ % size_;
  const Wide begin = static_cast<Wide>(first_slot) * population_;
  auto q = static_cast<std::uint64_t>(begin / size_), r = static_cast<std::uint64_t>(begin % size_);
  for (std::uint64_t slot = first_slot; std::uint64_t & position : positions) {
    position = q + (r + offset_in(slot++)) / size_;
    const bool carry = (r += rest) >= size_;
    r -= carry ? size_ : 0;
    q += step + carry;
  }
}

/// ⌊u × n⌋ of a slot.
inline std::uint64_t SamplePlan::offset_in(std::uint64_t slot) const noexcept {
  const std::uint64_t bits = mix(key_ ^ slot * 0xD1B54A32D192ED03u);
  return static_cast<std::uint64_t>(static_cast<Wide>(bits) * population_ >> 64);
}

std::uint64_t SamplePlan::position(std::uint64_t slot) const noexcept {
  std::uint64_t position = 0;
  positions(slot, {&position, 1});
  return position;
}

std::uint64_t SamplePlan::slot_at(std::uint64_t position) const noexcept {
  return size_ == 0 ? 0 : mul_div(position, size_, population_);
}

std::uint64_t sample_stream(std::string_view name) noexcept {
  std::uint64_t hash = name.size();
  for (const char c : name)
    hash = mix(hash ^ static_cast<unsigned char>(c));
  return hash;
}

}  // namespace weightsieve
