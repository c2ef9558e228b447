#include "weightsieve/stats/exact_counter.hpp"

#include <algorithm>

#include "stats/wide_type.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {
namespace {

constexpr unsigned kTotalShift = 4;
constexpr unsigned kOwnBin = kBinAspect;
constexpr unsigned kTotalBin = kBinAspect << kTotalShift;
constexpr std::size_t kCodes = 65'536;

bool by_upper_half(Dtype dtype) noexcept {
  const WideType type = wide_type(dtype);
  return type == WideType::f32 || type == WideType::f64;
}

bool is_finite(Dtype dtype, std::size_t code) noexcept {
  const std::size_t exponent = wide_type(dtype) == WideType::f64 ? 0x7FF0 : 0x7F80;
  return (code & exponent) != exponent;
}

/// Adds what a search still asks for to the table. Where it does not go by upper halves: everything finite.
void mark(const ExactSearch& search, Dtype dtype, unsigned shift, std::vector<std::uint8_t>& open) {
  if (const auto* codes = search.open_codes(dtype)) {
    for (const OpenCode& entry : *codes)
      open[entry.code] |= static_cast<std::uint8_t>(entry.aspects << shift);
    return;
  }
  for (std::size_t code = 0; code < open.size(); ++code) {
    if (is_finite(dtype, code)) open[code] |= static_cast<std::uint8_t>(search.aspects_of_known() << shift);
  }
}

/// The greatest magnitude that is open.
std::size_t greatest_open(const std::vector<std::uint8_t>& open) noexcept {
  std::size_t code = kCodes / 2 - 1;
  while (code > 0 && open[code] == 0 && open[kCodes / 2 + code] == 0)
    --code;
  return code;
}

/// The 1024 codes that end with a whole power of two of an F32 at or above `code`.
std::uint16_t window_below(std::size_t code) noexcept {
  const std::size_t end = (code | 127) + 1;
  return static_cast<std::uint16_t>(end < 1024 ? 0 : end - 1024);
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
  window_ = window_below(greatest_open(open_));
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
  const auto pick = kernels().pick[static_cast<std::size_t>(wide_type(dtype_))];
  std::byte picked[(kBlockValues + 16) * sizeof(T)];
  for (std::uint64_t first = 0; first < values; first += kBlockValues) {
    const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(kBlockValues, values - first));
    count_picked<T>(picked, pick(bytes.data() + first * sizeof(T), some, open_.data(), window_, picked));
  }
}

// Most are open for one histogram or the other. Sorted out by copying all and advancing for some, because a
// branch would be mispredicted half the time (16 ns a value, 4 without). Zeros are a bucket of their own, and
// known.
template <typename T>
void ExactCounter::count_picked(const std::byte* picked, std::size_t count) {
  const unsigned of_zero = own_known_ | unsigned{total_known_} << kTotalShift;
  double own_bins[kBlockValues], total_bins[kBlockValues];
  std::uint16_t others[kBlockValues];
  std::size_t owns = 0, totals = 0, rest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(load<T>(picked + i * sizeof(T)));
    const unsigned aspects = open_[upper_half<T>(picked + i * sizeof(T))] & (value == 0 ? of_zero : ~0u);
    own_bins[owns] = value;
    total_bins[totals] = value;
    others[rest] = static_cast<std::uint16_t>(i);
    owns += (aspects & kOwnBin) != 0;
    totals += (aspects & kTotalBin) != 0;
    rest += (aspects & ~(kOwnBin | kTotalBin)) != 0;
  }
  for (std::size_t i = 0; i < owns; ++i)
    own_->count_bin(own_bins[i]);
  for (std::size_t i = 0; i < totals; ++i)
    total_->count_bin(total_bins[i]);
  for (std::size_t i = 0; i < rest; ++i) {
    const std::byte* value = picked + others[i] * sizeof(T);
    count_rest(static_cast<double>(load<T>(value)), open_[upper_half<T>(value)]);
  }
}

/// In every other aspect than bins.
void ExactCounter::count_rest(double value, unsigned aspects) {
  if (own_) own_->count(value, 1, static_cast<Aspects>(aspects & (kAllAspects & ~kBinAspect)));
  if (total_) {
    const unsigned in_total = aspects >> kTotalShift;
    total_->count(value, 1, static_cast<Aspects>(in_total & (kAllAspects & ~kBinAspect)));
  }
}

}  // namespace weightsieve
