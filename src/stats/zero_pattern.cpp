#include "weightsieve/stats/zero_pattern.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

namespace weightsieve {
namespace {

constexpr std::uint64_t kFour = 4;

/// Bits of which one at least is set in an element that is not zero: without the signs where −0 is zero.
std::uint64_t mask_of(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::F64:
      return 0x7FFF'FFFF'FFFF'FFFF;
    case Dtype::C64:
      return 0x7FFF'FFFF'7FFF'FFFF;
    case Dtype::F32:
      return 0x7FFF'FFFF;
    case Dtype::F16:
    case Dtype::BF16:
      return 0x7FFF;
    case Dtype::F8_E5M2:
    case Dtype::F8_E4M3:
      return 0x7F;
    case Dtype::F4:
      return 7;
    default:
      return ~std::uint64_t{0};  // integers, BOOL, and 8-bit floats whose code of −0 is NaN
  }
}

/// Elements of `sizeof(Word)` bytes, numbered as in their tensor.
template <class Word>
class Elements {
 public:
  Elements(Bytes bytes, std::uint64_t first, std::uint64_t mask)
      : bytes_(bytes), first_(first), mask_(static_cast<Word>(mask)) {}

  bool any(std::uint64_t begin, std::uint64_t end) const noexcept {
    for (std::uint64_t i = begin; i < end; ++i)
      if (!is_zero(i - first_)) return true;
    return false;
  }

  /// Of all of them. Ended block by block, so that a block can be looked at in vectors.
  bool has_two_of_four(std::uint64_t elements) const noexcept {
    bool all = true;
    for (std::uint64_t i = 0; all && i < elements; i += kBlock) {
      const std::uint64_t end = std::min(elements, i + kBlock);
      for (std::uint64_t j = i; j < end; j += kFour)
        all &= is_zero(j) + is_zero(j + 1) + is_zero(j + 2) + is_zero(j + 3) >= 2;
    }
    return all;
  }

 private:
  static constexpr std::uint64_t kBlock = 1024;

  bool is_zero(std::uint64_t place) const noexcept {
    return (load<Word>(bytes_.data() + place * sizeof(Word)) & mask_) == 0;
  }

  Bytes bytes_;
  std::uint64_t first_;
  Word mask_;
};

/// A byte each.
std::vector<std::byte> nibbles_of(Bytes bytes, std::uint64_t elements) {
  std::vector<std::byte> apart(elements);
  for (std::uint64_t i = 0; i < elements; ++i)
    apart[i] = (bytes[i / 2] >> (i % 2 * 4)) & std::byte{15};
  return apart;
}

/// Counts those of [0, count) that are not set, and notes the first.
template <class Bits>
std::uint64_t count_unset(const Bits& bits, std::uint64_t count, std::uint64_t& first) {
  std::uint64_t unset = 0;
  for (std::uint64_t i = count; i-- > 0;) {
    if (bits[i]) continue;
    ++unset;
    first = i;
  }
  return unset;
}

}  // namespace

void ZeroScan::Bits::merge(const Bits& other) noexcept {
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] |= other.words_[i];
}

void ZeroScan::Bits::write(WireWriter& out) const {
  for (const std::uint64_t word : words_)
    out.count(~word);  // most rows and columns live
}

void ZeroScan::Bits::read(WireReader& in) {
  for (std::uint64_t& word : words_)
    word |= ~in.count();
}

std::optional<ZeroScan> ZeroScan::of(Dtype dtype, const Shape& shape) {
  Shape extents;
  std::ranges::copy_if(shape, std::back_inserter(extents), [](std::uint64_t extent) { return extent != 1; });
  if (extents.size() < 2 || std::ranges::find(extents, 0u) != extents.end()) return std::nullopt;
  if (extents[0] > kMost || extents[1] > kMost) return std::nullopt;
  const std::uint64_t depth =
      std::accumulate(extents.begin() + 2, extents.end(), std::uint64_t{1}, std::multiplies<>());
  return ZeroScan(dtype, extents[0], extents[1], depth, extents.back() % kFour == 0);
}

ZeroScan::ZeroScan(Dtype dtype, std::uint64_t rows, std::uint64_t columns, std::uint64_t depth,
                   bool whole_fours)
    : dtype_(dtype),
      rows_(rows),
      columns_(columns),
      depth_(depth),
      two_of_four_(whole_fours),
      live_rows_(rows),
      live_columns_(columns) {}

bool ZeroScan::is_worth(std::uint64_t zeros) const noexcept {
  return zeros >= std::min(rows_, columns_) * depth_;
}

void ZeroScan::add(Bytes bytes, std::uint64_t first, std::uint64_t elements) {
  if (!has_begun_) {
    open_.resize(columns_);
    std::iota(open_.begin(), open_.end(), 0u);
    has_begun_ = true;
  }
  const std::uint64_t mask = mask_of(dtype_);
  switch (dtype_info(dtype_).bits) {
    case 64:
      return look(Elements<std::uint64_t>(bytes, first, mask), first, elements);
    case 32:
      return look(Elements<std::uint32_t>(bytes, first, mask), first, elements);
    case 16:
      return look(Elements<std::uint16_t>(bytes, first, mask), first, elements);
    case 8:
      return look(Elements<std::uint8_t>(bytes, first, mask), first, elements);
    default:
      const std::vector<std::byte> apart = nibbles_of(bytes, elements);
      return look(Elements<std::uint8_t>(apart, first, mask), first, elements);
  }
}

template <class Elements>
void ZeroScan::look(const Elements& values, std::uint64_t first, std::uint64_t elements) {
  two_of_four_ = two_of_four_ && values.has_two_of_four(elements);
  const std::uint64_t row_elements = columns_ * depth_;
  const std::uint64_t last = first + elements;
  for (std::uint64_t begin = first; begin < last;) {
    const std::uint64_t row = begin / row_elements;
    const std::uint64_t end = std::min(last, (row + 1) * row_elements);
    look_at_row(values, row, begin, end);
    begin = end;
  }
}

/// At the elements [begin, end) of the tensor.
template <class Elements>
void ZeroScan::look_at_row(const Elements& values, std::uint64_t row, std::uint64_t begin,
                           std::uint64_t end) {
  if (!live_rows_[row] && values.any(begin, end)) live_rows_.set(row);
  const std::uint64_t row_begin = row * columns_ * depth_;
  std::erase_if(open_, [&](std::uint32_t column) {
    const std::uint64_t from = std::max(begin, row_begin + column * depth_);
    const std::uint64_t to = std::min(end, row_begin + (column + 1) * depth_);
    if (from >= to || !values.any(from, to)) return false;
    live_columns_.set(column);
    return true;
  });
}

void ZeroScan::merge(const ZeroScan& other) {
  live_rows_.merge(other.live_rows_);
  live_columns_.merge(other.live_columns_);
  two_of_four_ = two_of_four_ && other.two_of_four_;
}

ZeroPattern ZeroScan::finish() const {
  ZeroPattern pattern;
  pattern.rows = rows_;
  pattern.columns = columns_;
  pattern.dead_rows = count_unset(live_rows_, rows_, pattern.first_dead_row);
  pattern.dead_columns = count_unset(live_columns_, columns_, pattern.first_dead_column);
  pattern.two_of_four = two_of_four_;
  return pattern;
}

void ZeroScan::write(WireWriter& out) const {
  live_rows_.write(out);
  live_columns_.write(out);
  out.count(two_of_four_ ? 1 : 0);
}

void ZeroScan::read(WireReader& in) {
  live_rows_.read(in);
  live_columns_.read(in);
  two_of_four_ = in.truth() && two_of_four_;
}

}  // namespace weightsieve
