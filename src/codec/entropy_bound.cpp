#include "weightsieve/codec/entropy_bound.hpp"

#include <algorithm>
#include <cmath>

namespace weightsieve {
namespace {

constexpr std::size_t kCodes = std::size_t{1} << 16;

// count × log2(count), the term that sums of entropies are made of.
double weighted_log(double count) noexcept { return count > 0 ? count * std::log2(count) : 0; }

}  // namespace

EntropyBound::EntropyBound() : counts_(kCodes) {}

void EntropyBound::add(Bytes chunk, const ChunkLayout& layout) {
  const std::size_t high_bytes = std::min<std::size_t>(layout.width, 2);
  const std::size_t low_bytes = layout.width - high_bytes;
  for (std::size_t i = 0; i < chunk.size(); i += layout.width) {
    std::uint64_t unit = 0;
    std::memcpy(&unit, chunk.data() + i, layout.width);
    if (unit == 0) continue;
    ++counts_[unit >> (8 * low_bytes)];
    ++kept_;
    low_bits_ += 8 * low_bytes;
  }
  units_ += chunk.size() / layout.width;
}

double EntropyBound::bytes() const {
  auto bits = static_cast<double>(low_bits_);
  bits += weighted_log(static_cast<double>(units_)) - weighted_log(static_cast<double>(units_ - kept_)) -
          weighted_log(static_cast<double>(kept_));  // the mask
  bits += weighted_log(static_cast<double>(kept_));  // the upper bits of the kept
  for (const std::uint64_t count : counts_)
    bits -= weighted_log(static_cast<double>(count));
  return bits / 8;
}

void EntropyBound::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  units_ = kept_ = low_bits_ = 0;
}

}  // namespace weightsieve
