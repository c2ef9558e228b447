#include "prune/magnitude_counts.hpp"

#include <algorithm>

#include "prune/magnitude.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::prune {
namespace {

template <class Bits>
std::uint64_t count_zeros(Bytes elements) noexcept {
  std::uint64_t zeros = 0;
  for (const std::byte *at = elements.data(), *end = at + elements.size(); at < end; at += sizeof(Bits))
    zeros += magnitude_of(load<Bits>(at)) == 0 ? 1 : 0;
  return zeros;
}

}  // namespace

MagnitudeCounts::MagnitudeCounts(Dtype dtype)
    : dtype_(dtype), counts_(dtype_info(dtype).bits == 8 ? 256 : 65'536) {}

void MagnitudeCounts::add(Bytes elements) {
  std::uint32_t* const counts = counts_.data();
  const std::uint32_t near_zero = counts[0] + counts[counts_.size() / 2];
  switch (dtype_info(dtype_).bits) {
    case 8:
      return kernels().count8(elements.data(), elements.size(), counts);
    case 16:
      return kernels().count16(elements.data(), elements.size() / 2, counts);
    case 32:
      kernels().count_top16[0](elements.data(), elements.size() / 4, counts);
      if (counts[0] + counts[0x8000] != near_zero) zeros_ += count_zeros<std::uint32_t>(elements);
      return;
    default:
      kernels().count_top16[1](elements.data(), elements.size() / 8, counts);
      if (counts[0] + counts[0x8000] != near_zero) zeros_ += count_zeros<std::uint64_t>(elements);
  }
}

void MagnitudeCounts::merge(const MagnitudeCounts& other) {
  merged_.resize(counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i)
    merged_[i] += other.counts_[i];
  for (std::size_t i = 0; i < other.merged_.size(); ++i)
    merged_[i] += other.merged_[i];
  zeros_ += other.zeros_;
}

void MagnitudeCounts::write(WireWriter& out) const {
  std::vector<std::uint64_t> sums(counts_.size());
  for (std::size_t upper = 0; upper < sums.size(); ++upper)
    sums[upper] = at(upper);
  out.count(static_cast<std::uint64_t>(dtype_));
  out.count(zeros_);
  out.counts(std::span<const std::uint64_t>(sums));
}

MagnitudeCounts MagnitudeCounts::read(WireReader& in) {
  MagnitudeCounts counts(static_cast<Dtype>(in.count(all_dtypes().size() - 1)));
  counts.zeros_ = in.count();
  counts.merged_.resize(counts.counts_.size());
  in.add_counts(std::span(counts.merged_));
  return counts;
}

std::uint64_t MagnitudeCounts::at(std::uint64_t upper) const noexcept {
  const std::uint64_t own = counts_[upper];
  return merged_.empty() ? own : own + merged_[upper];
}

std::vector<KeyBucket> MagnitudeCounts::buckets() const {
  const unsigned bits = dtype_info(dtype_).bits;
  const unsigned low_bits = bits > 16 ? bits - 16 : 0;
  const std::uint64_t sign = counts_.size() / 2;
  std::vector<KeyBucket> buckets;
  for (std::uint64_t upper = 0; upper < finite_magnitudes(dtype_) >> low_bits; ++upper) {
    std::uint64_t count = at(upper);
    if (static_cast<int>(upper | sign) != odd_nan(dtype_)) count += at(upper | sign);
    std::uint64_t low = upper << low_bits;
    if (low == 0 && low_bits != 0) {
      if (zeros_ != 0) buckets.push_back({0, 0, zeros_});
      count -= zeros_;
      low = 1;
    }
    if (count == 0) continue;
    const std::uint64_t high = ((upper + 1) << low_bits) - 1;
    buckets.push_back({key_of_magnitude(dtype_, low), key_of_magnitude(dtype_, high), count});
  }
  return buckets;
}

}  // namespace weightsieve::prune
