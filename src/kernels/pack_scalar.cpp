#include "kernels/pack_scalar.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "kernels/gaps.impl.hpp"
#include "kernels/load.hpp"

namespace weightsieve::kernel {
namespace {

template <typename T>
void store(std::byte* data, std::size_t index, T value) noexcept {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

template <typename Unit>
std::size_t mark(const std::byte* units, std::size_t count, std::byte* bitmap) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += 8) {
    unsigned byte = 0;
    for (std::size_t bit = 0; bit < std::min<std::size_t>(8, count - i); ++bit)
      byte |= unsigned{load<Unit>(units, i + bit) != 0} << bit;
    bitmap[i / 8] = static_cast<std::byte>(byte);
    kept += static_cast<std::size_t>(std::popcount(byte));
  }
  return kept;
}

template <typename Unit>
std::size_t compact(const std::byte* units, std::size_t count, const std::byte* bitmap,
                    std::byte* out) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += 8) {
    for (auto bits = std::to_integer<unsigned>(bitmap[i / 8]); bits != 0; bits &= bits - 1)
      store(out, kept++, load<Unit>(units, i + static_cast<std::size_t>(std::countr_zero(bits))));
  }
  return kept;
}

template <typename Unit>
void expand(const std::byte* values, std::size_t, const std::byte* bitmap, std::size_t count,
            std::byte* out) noexcept {
  std::fill_n(out, count * sizeof(Unit), std::byte{});
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; i += 8) {
    for (auto bits = std::to_integer<unsigned>(bitmap[i / 8]); bits != 0; bits &= bits - 1)
      store(out, i + static_cast<std::size_t>(std::countr_zero(bits)), load<Unit>(values, taken++));
  }
}

// The lowest bits, at most 63.
constexpr std::uint64_t lowest(unsigned bits) noexcept { return (std::uint64_t{1} << bits) - 1; }

class BitWriter {
 public:
  explicit BitWriter(std::byte* out) noexcept : out_(out) {}

  void put(std::uint64_t item, unsigned bits) noexcept {
    pending_ |= item << filled_;
    filled_ += bits;
    if (filled_ < 64) return;
    store(out_, 0, pending_);
    out_ += 8;
    filled_ -= 64;
    pending_ = filled_ > 0 ? item >> (bits - filled_) : 0;
  }

  void finish() noexcept { std::memcpy(out_, &pending_, (filled_ + 7) / 8); }

 private:
  std::byte* out_;
  std::uint64_t pending_ = 0;
  unsigned filled_ = 0;
};

class BitReader {
 public:
  BitReader(const std::byte* data, std::size_t bytes) noexcept : data_(data), left_(bytes) {}

  std::uint64_t take(unsigned bits) noexcept {
    if (bits <= ready_) return from_ready(bits);
    const unsigned first = ready_;
    const std::uint64_t low = from_ready(first);
    refill();
    return low | from_ready(bits - first) << first;
  }

 private:
  std::uint64_t from_ready(unsigned bits) noexcept {
    const std::uint64_t item = word_ & lowest(bits);
    word_ >>= bits;
    ready_ -= bits;
    return item;
  }

  void refill() noexcept {
    const std::size_t bytes = std::min<std::size_t>(8, left_);
    word_ = 0;
    std::memcpy(&word_, data_, bytes);
    data_ += bytes;
    left_ -= bytes;
    ready_ = 64;
  }

  const std::byte* data_;
  std::size_t left_;
  std::uint64_t word_ = 0;
  unsigned ready_ = 0;
};

template <typename Unit>
struct CutUnit {
  std::uint64_t low;
  std::uint64_t high;
};

template <typename Unit>
constexpr unsigned kUnitBits = std::numeric_limits<Unit>::digits;

template <typename Unit>
CutUnit<Unit> cut_unit(std::uint64_t unit, const UnitCut& cut) noexcept {
  const unsigned magnitude_bits = kUnitBits<Unit> - cut.sign;
  const std::uint64_t sign = cut.sign ? unit >> magnitude_bits : 0;
  const std::uint64_t magnitude = (cut.sign ? unit & lowest(magnitude_bits) : unit) >> cut.drop;
  const std::uint64_t low = magnitude & lowest(cut.low_bits);
  return {.low = low | sign << cut.low_bits, .high = magnitude >> cut.low_bits};
}

// Of a unit's low part: at most 63 by contract, which the mask tells whoever looks at the shifts.
constexpr unsigned part_bits(const UnitCut& cut) noexcept { return (cut.low_bits + cut.sign) & 63; }

template <typename Unit>
std::size_t cut(const std::byte* units, std::size_t count, const UnitCut& cut, std::byte* symbols,
                std::byte* lows, std::uint16_t* escapes) noexcept {
  const unsigned bits = part_bits(cut);
  BitWriter writer(lows);
  std::size_t escaped = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const CutUnit<Unit> parts = cut_unit<Unit>(load<Unit>(units, i), cut);
    const std::uint64_t symbol = parts.high - cut.base;
    const bool escapes_window = symbol >= kEscape;
    symbols[i] = static_cast<std::byte>(escapes_window ? kEscape : symbol);
    writer.put(parts.low, bits);
    if (escapes_window) escapes[escaped++] = static_cast<std::uint16_t>(parts.high);
  }
  writer.finish();
  return escaped;
}

template <typename Unit>
void join(const std::byte* symbols, const std::byte* lows, const std::uint16_t* escapes, std::size_t count,
          const UnitCut& cut, std::byte* out) noexcept {
  const unsigned bits = part_bits(cut);
  const std::uint64_t low_mask = lowest(cut.low_bits);
  BitReader reader(lows, packed_bytes(count, bits));
  for (std::size_t i = 0; i < count; ++i) {
    const auto symbol = std::to_integer<std::uint64_t>(symbols[i]);
    const std::uint64_t high = symbol == kEscape ? *escapes++ : symbol + cut.base;
    const std::uint64_t low = reader.take(bits);
    const std::uint64_t magnitude = (high << cut.low_bits | (low & low_mask)) << cut.drop;
    const std::uint64_t sign = cut.sign ? (low >> cut.low_bits) << (kUnitBits<Unit> - 1) : 0;
    store(out, i, static_cast<Unit>(magnitude | sign));
  }
}

std::size_t count_bits(const std::byte* bitmap, std::size_t bytes) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    count += static_cast<std::size_t>(std::popcount(std::to_integer<unsigned>(bitmap[i])));
  return count;
}

std::size_t count_escapes(const std::byte* symbols, std::size_t count) noexcept {
  return static_cast<std::size_t>(std::count(symbols, symbols + count, std::byte{kEscape}));
}

}  // namespace

const PackTable kScalarPackTable = {
    .isa = Isa::scalar,
    .mark = {mark<std::uint8_t>, mark<std::uint16_t>, mark<std::uint32_t>, mark<std::uint64_t>},
    .compact = {compact<std::uint8_t>, compact<std::uint16_t>, compact<std::uint32_t>,
                compact<std::uint64_t>},
    .expand = {expand<std::uint8_t>, expand<std::uint16_t>, expand<std::uint32_t>, expand<std::uint64_t>},
    .cut = {kernel::cut<std::uint8_t>, kernel::cut<std::uint16_t>, kernel::cut<std::uint32_t>,
            kernel::cut<std::uint64_t>},
    .join = {join<std::uint8_t>, join<std::uint16_t>, join<std::uint32_t>, join<std::uint64_t>},
    .count_bits = count_bits,
    .count_escapes = count_escapes,
    .write_gaps = write_gaps,
    .scatter = {scatter<std::uint8_t>, scatter<std::uint16_t>, scatter<std::uint32_t>,
                scatter<std::uint64_t>}};

}  // namespace weightsieve::kernel
