#include "weightsieve/stats/exact_counter.hpp"

#include <algorithm>

#include "stats/wide_type.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {
namespace {

constexpr unsigned kTotalShift = 4;
constexpr std::size_t kCodes = 65'536;

bool by_upper_half(Dtype dtype) noexcept {
  const WideType type = wide_type(dtype);
  return type == WideType::f32 || type == WideType::f64;
}

/// Adds what a search still asks for to the table. Where it does not go by upper halves: everything.
void mark(const ExactSearch& search, Dtype dtype, unsigned shift, std::vector<std::uint8_t>& open) {
  if (const auto* codes = search.open_codes(dtype)) {
    for (const OpenCode& entry : *codes)
      open[entry.code] |= static_cast<std::uint8_t>(entry.aspects << shift);
    return;
  }
  for (std::uint8_t& entry : open)
    entry |= static_cast<std::uint8_t>(search.aspects_of_known() << shift);
}

template <typename T>
std::size_t upper_half(const std::byte* value) noexcept {
  return load<std::uint16_t>(value + sizeof(T) - sizeof(std::uint16_t));
}

}  // namespace

ExactCounter::ExactCounter(Dtype dtype, ExactSearch* own, ExactSearch* total) : dtype_(dtype) {
  if (own != nullptr) {
    own_.emplace(*own);
    own_known_ = own->aspects_of_known();
  }
  if (total != nullptr) {
    total_.emplace(*total);
    total_known_ = total->aspects_of_known();
  }
  if (!by_upper_half(dtype)) return;
  open_.resize(kCodes);
  if (own != nullptr) mark(*own, dtype, 0, open_);
  if (total != nullptr) mark(*total, dtype, kTotalShift, open_);
}

void ExactCounter::count(Bytes bytes, std::uint64_t values) {
  if (open_.empty()) return count_all(bytes, values);
  if (wide_type(dtype_) == WideType::f64) return count_open<double>(bytes, values);
  count_open<float>(bytes, values);
}

void ExactCounter::count_all(Bytes bytes, std::uint64_t values) {
  for (std::uint64_t i = 0; i < values; ++i) {
    const double value = value_at(dtype_, bytes, i);
    if (own_) own_->count(value, 1, own_known_);
    if (total_) total_->count(value, 1, total_known_);
  }
}

// Few values are open: they are put together first, and then counted without looking at the others.
template <typename T>
void ExactCounter::count_open(Bytes bytes, std::uint64_t values) {
  constexpr std::size_t block = kBlockValues;
  std::byte picked[(block + 16) * sizeof(T)];
  for (std::uint64_t first = 0; first < values; first += block) {
    const std::size_t some = static_cast<std::size_t>(std::min<std::uint64_t>(block, values - first));
    const std::size_t count = kernels().pick[static_cast<std::size_t>(wide_type(dtype_))](
        bytes.data() + first * sizeof(T), some, open_.data(), picked);
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* value = picked + i * sizeof(T);
      count_one(static_cast<double>(load<T>(value)), open_[upper_half<T>(value)]);
    }
  }
}

/// Zeros are a bucket of their own, and known.
void ExactCounter::count_one(double value, unsigned aspects) {
  if (value == 0) aspects &= unsigned{own_known_} | unsigned{total_known_} << kTotalShift;
  if (own_) own_->count(value, 1, static_cast<Aspects>(aspects & kAllAspects));
  if (total_) total_->count(value, 1, static_cast<Aspects>(aspects >> kTotalShift));
}

}  // namespace weightsieve
