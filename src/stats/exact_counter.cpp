#include "weightsieve/stats/exact_counter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "stats/wide_type.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {
namespace {

constexpr unsigned kTotalShift = 4;
constexpr unsigned kOwnBin = kBinAspect;
constexpr unsigned kTotalBin = kBinAspect << kTotalShift;
constexpr unsigned kRanks = kRankAspects | unsigned{kRankAspects} << kTotalShift;
constexpr std::size_t kCodes = 65'536;
constexpr std::size_t kManyLower = 65'536;  ///< worth to be handed over before the end
constexpr std::size_t kUncut = 256;         ///< halves_[rest], below it, are those without cut

bool by_upper_half(Dtype dtype) noexcept {
  const WideType type = wide_type(dtype);
  return type == WideType::f32 || type == WideType::f64;
}

bool is_finite(Dtype dtype, std::size_t code) noexcept {
  const std::size_t exponent = wide_type(dtype) == WideType::f64 ? 0x7FF0 : 0x7F80;
  return (code & exponent) != exponent;
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

bool is_negative(std::uint16_t code) noexcept { return code >= kCodes / 2; }

/// Of F32 values with the upper half `code`, those whose lower half is not less than this lie beyond `edge`,
/// seen from zero. Requires an edge that some of them lie beyond and some not.
std::uint16_t lower_half_beyond(std::uint16_t code, double edge) noexcept {
  const double limit = std::fabs(edge);
  auto first = static_cast<float>(limit);
  // Values equal to an edge count as above it: beyond a positive one, not beyond a negative one.
  const bool is_short =
      is_negative(code) ? static_cast<double>(first) <= limit : static_cast<double>(first) < limit;
  if (is_short) first = std::nextafter(first, std::numeric_limits<float>::infinity());
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(first));
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
  half_of_.resize(kCodes);
  halves_.resize(kUncut);
  for (std::size_t rest = 0; rest < kUncut; ++rest)
    halves_[rest].rest = static_cast<std::uint8_t>(rest);
  if (own != nullptr) add(*own, false);
  if (total != nullptr) add(*total, true);
  for (std::size_t code = 0; code < kCodes; ++code)
    open_[code] = half_of_[code] != 0;
  lower_.resize(halves_.size());
  window_ = window_below(greatest_open_);
}

/// What a search still asks for. Where it does not go by upper halves: everything finite.
void ExactCounter::add(const ExactSearch& search, bool is_total) {
  if (const auto* codes = search.open_codes(dtype_)) {
    for (const OpenCode& open : *codes)
      add(open, is_total);
    return;
  }
  for (std::size_t code = 0; code < kCodes; ++code) {
    if (is_finite(dtype_, code)) add({static_cast<std::uint16_t>(code), search.aspects_of_known()}, is_total);
  }
}

void ExactCounter::add(const OpenCode& open, bool is_total) {
  const bool is_f32 = wide_type(dtype_) == WideType::f32;
  const bool is_cut = open.edge && is_f32;
  const unsigned singly = is_cut ? open.aspects & ~unsigned{kBinAspect} : open.aspects;
  const unsigned rest = singly << (is_total ? kTotalShift : 0);
  greatest_open_ = std::max<std::size_t>(greatest_open_, open.code % (kCodes / 2));
  std::uint16_t& place = half_of_[open.code];
  const bool stands_alone = is_cut || (is_f32 && (singly & ~unsigned{kRankAspects}) == 0);
  if (stands_alone && place < kUncut) {
    halves_.push_back(halves_[place]);
    halves_.back().upper = open.code;
    place = static_cast<std::uint16_t>(halves_.size() - 1);
  }
  if (place < kUncut) {
    place = static_cast<std::uint16_t>(place | rest);
    return;
  }
  Half& half = halves_[place];
  half.rest = static_cast<std::uint8_t>(half.rest | rest);
  if (!is_cut) return;
  (is_total ? half.total_from : half.own_from) = lower_half_beyond(open.code, *open.edge);
  const std::size_t far = is_negative(open.code) ? open.slot : open.slot + 1;
  cuts_.push_back({place, is_total, 2 * open.slot + 1 - far, far});
}

ExactCounter::~ExactCounter() { hand_over_lower_halves(1); }

void ExactCounter::count(Bytes bytes, std::uint64_t values) {
  if (open_.empty()) return count_all(bytes, values);
  if (wide_type(dtype_) == WideType::f64) return count_open<double>(bytes, values);
  count_open<float>(bytes, values);
  hand_over_cuts();
  hand_over_lower_halves(kManyLower);
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
    std::size_t count = pick(bytes.data() + first * sizeof(T), some, open_.data(), window_, picked);
    if constexpr (sizeof(T) == sizeof(float)) count = keep_lower_halves(picked, count_cut(picked, count));
    count_singly<T>(picked, count);
  }
}

/// Counts F32 values on either side of the edge in their upper half, and leaves at the front of `picked`
/// those that are asked for in other ways too; gives how many. Nearly all are done with here, as most halves
/// are open for one edge of a histogram alone: an increment and two comparisons of 16 bits each.
std::size_t ExactCounter::count_cut(std::byte* picked, std::size_t count) noexcept {
  Half* const halves = halves_.data();  // the compiler would load it anew for every value
  const std::uint16_t* const half_of = half_of_.data();
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = load<std::uint32_t>(picked + i * sizeof(float));
    const auto lower = static_cast<std::uint16_t>(bits);
    Half& half = halves[half_of[bits >> 16]];
    std::memcpy(picked + left * sizeof(float), &bits, sizeof bits);
    left += half.rest != 0;
    ++half.counts[(lower >= half.own_from) + 2 * (lower >= half.total_from)];
  }
  return left;
}

/// Of F32 values that nobody asks anything of but their ranks, the lower halves are put together by upper
/// half. Leaves the others at the front of `picked`; gives how many.
std::size_t ExactCounter::keep_lower_halves(std::byte* picked, std::size_t count) {
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = load<std::uint32_t>(picked + i * sizeof(float));
    const std::size_t place = half_of_[bits >> 16];
    if (place >= kUncut && (halves_[place].rest & ~kRanks) == 0) {
      lower_[place].push_back(static_cast<std::uint16_t>(bits));
    } else {
      std::memcpy(picked + left++ * sizeof(float), &bits, sizeof bits);
    }
  }
  return left;
}

void ExactCounter::hand_over_lower_halves(std::size_t at_least) {
  for (std::size_t place = 0; place < lower_.size(); ++place) {
    if (lower_[place].size() < at_least) continue;
    const unsigned aspects = halves_[place].rest;
    const std::uint16_t upper = halves_[place].upper;
    if (own_) own_->count_halves(upper, lower_[place], static_cast<Aspects>(aspects & kAllAspects));
    if (total_) total_->count_halves(upper, lower_[place], static_cast<Aspects>(aspects >> kTotalShift));
    lower_[place].clear();
  }
}

void ExactCounter::hand_over_cuts() noexcept {
  for (const Cut& cut : cuts_) {
    const auto& counts = halves_[cut.half].counts;
    const std::uint64_t far = std::uint64_t{counts[3]} + counts[cut.in_total ? 2 : 1];
    const std::uint64_t near = std::uint64_t{counts[0]} + counts[cut.in_total ? 1 : 2];
    ExactTally& tally = cut.in_total ? *total_ : *own_;
    tally.count_slot(cut.near, near);
    tally.count_slot(cut.far, far);
  }
  for (Half& half : halves_)
    std::ranges::fill(half.counts, 0u);
}

// Of F64 most are open for one histogram or the other. Sorted out by copying all and advancing for some,
// because a branch would be mispredicted half the time (16 ns a value, 4 without). Zeros are a bucket of
// their own, and known.
template <typename T>
void ExactCounter::count_singly(const std::byte* picked, std::size_t count) {
  const unsigned of_zero = own_known_ | unsigned{total_known_} << kTotalShift;
  double own_bins[kBlockValues], total_bins[kBlockValues];
  std::uint16_t others[kBlockValues];
  std::size_t owns = 0, totals = 0, rest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(load<T>(picked + i * sizeof(T)));
    const unsigned aspects = rest_of<T>(picked + i * sizeof(T)) & (value == 0 ? of_zero : ~0u);
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
    count_rest(static_cast<double>(load<T>(value)), rest_of<T>(value));
  }
}

template <typename T>
unsigned ExactCounter::rest_of(const std::byte* value) const noexcept {
  return halves_[half_of_[upper_half<T>(value)]].rest;
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
