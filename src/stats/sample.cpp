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
  if (std::has_single_bit(size_)) shift_ = static_cast<unsigned>(std::countr_zero(size_));
}

/// ⌊(slot + u) × n / N⌋ for u = bits / 2^64, without rounding: slot × n = q × N + r and u × n is t and a
/// fraction, so it is q + ⌊(r + t) / N⌋. Going from slot to slot, q and r are added to: no number of 128 bits
/// has to be divided or shifted, which would take longer than all else.
void SamplePlan::positions(std::uint64_t first_slot, std::span<std::uint64_t> positions) const noexcept {
  if (positions.empty()) return;
  const std::uint64_t step = population_ / size_, rest = population_ % size_;
  const Wide begin = static_cast<Wide>(first_slot) * population_;
  const auto fill = [&](auto divide) {
    auto q = static_cast<std::uint64_t>(begin / size_), r = static_cast<std::uint64_t>(begin % size_);
    for (std::uint64_t slot = first_slot; std::uint64_t & position : positions) {
      const std::uint64_t bits = mix(key_ ^ slot++ * 0xD1B54A32D192ED03u);
      position = q + divide(r + static_cast<std::uint64_t>(static_cast<Wide>(bits) * population_ >> 64));
      const bool carry = (r += rest) >= size_;
      r -= carry ? size_ : 0;
      q += step + carry;
    }
  };
  if (shift_ < 64) {
    fill([shift = shift_](std::uint64_t sum) { return sum >> shift; });
  } else {
    fill([size = size_](std::uint64_t sum) { return sum / size; });
  }
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
