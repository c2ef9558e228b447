#include "codec/choose_cut.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "codec/symbol_costs.hpp"

namespace weightsieve::codec {
namespace {

constexpr unsigned kHighBits = 16;     // of an escape
constexpr std::size_t kSymbols = 255;  // and the escape
constexpr double kAsGood = 1.001, kHopeless = 1.2;

using Counts = std::span<std::uint32_t>;

struct Range {
  std::size_t begin = 0, end = 0;
};

template <typename Unit>
Unit unit_at(Bytes sample, std::size_t index) noexcept {
  return load<Unit>(sample.data() + index * sizeof(Unit));
}

template <typename Unit>
bool any_sign(Bytes sample) noexcept {
  Unit any = 0;
  for (std::size_t i = 0; i < sample.size() / sizeof(Unit); ++i)
    any = static_cast<Unit>(any | unit_at<Unit>(sample, i));
  return any >> (8 * sizeof(Unit) - 1) != 0;
}

// Counts of the magnitudes above `shift`; the codes present.
template <typename Unit>
Range count_codes(Bytes sample, unsigned sign, unsigned shift, Counts counts) {
  const Unit mask = static_cast<Unit>(static_cast<Unit>(~Unit{0}) >> sign);
  Range range{counts.size(), 0};
  for (std::size_t i = 0; i < sample.size() / sizeof(Unit); ++i) {
    const auto code = static_cast<std::size_t>((unit_at<Unit>(sample, i) & mask) >> shift);
    ++counts[code];
    range.begin = std::min(range.begin, code);
    range.end = std::max(range.end, code + 1);
  }
  return range;
}

struct UnitLoops {
  bool (*any_sign)(Bytes) noexcept;
  Range (*count_codes)(Bytes, unsigned, unsigned, Counts);
};

template <typename Unit>
constexpr UnitLoops kLoops{any_sign<Unit>, count_codes<Unit>};

constexpr UnitLoops kLoopsByWidth[kUnitWidths] = {kLoops<std::uint8_t>, kLoops<std::uint16_t>,
                                                  kLoops<std::uint32_t>, kLoops<std::uint64_t>};

// Joins codes in pairs.
Range halve(Counts counts, Range range) noexcept {
  const Range halved{range.begin / 2, (range.end + 1) / 2};
  for (std::size_t i = halved.begin; i < halved.end; ++i)
    counts[i] = (2 * i >= range.begin ? counts[2 * i] : 0) + (2 * i + 1 < range.end ? counts[2 * i + 1] : 0);
  return halved;
}

// The first code of the 255 that hold the most units. Where there is room to spare, it is left on both sides
// for values that the sample missed.
std::size_t best_base(Counts counts, Range range) noexcept {
  const std::size_t present = range.end - range.begin;
  if (present <= kSymbols) return range.begin - std::min(range.begin, (kSymbols - present) / 2);
  std::size_t best = range.begin;
  std::uint64_t most = 0, inside = 0;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    inside += counts[i];
    if (i >= range.begin + kSymbols) inside -= counts[i - kSymbols];
    if (inside <= most) continue;
    most = inside;
    best = i + 1 - std::min(i + 1 - range.begin, kSymbols);
  }
  return best;
}

double self_information(double count) noexcept { return count > 0 ? -count * std::log2(count) : 0; }

struct Symbols {
  SymbolCounts counts{};  // the last: escapes
  unsigned present = 0;
  double units = 0;
};

Symbols symbols_in(Counts counts, Range range, std::size_t base, std::size_t units) {
  Symbols symbols{.units = static_cast<double>(units)};
  std::size_t inside = 0;
  for (std::size_t i = std::max(base, range.begin); i < std::min(base + kSymbols, range.end); ++i) {
    symbols.counts[i - base] = counts[i];
    symbols.present += counts[i] > 0;
    inside += counts[i];
  }
  symbols.counts[kEscape] = static_cast<std::uint32_t>(units - inside);
  return symbols;
}

// Bits a unit that escapes cost on top, and Miller and Madow's correction: a sample looks more regular than
// what it was taken from.
double extra_bits(const Symbols& symbols) noexcept {
  const double correction = symbols.present / (2 * std::log(2.0));
  return (symbols.counts[kEscape] * double{kHighBits} + correction) / symbols.units;
}

double entropy_bits(const Symbols& symbols) noexcept {
  double bits = -self_information(symbols.units);
  for (const std::uint32_t count : symbols.counts)
    bits += self_information(count);
  return bits / symbols.units;
}

}  // namespace

CutPlan choose_cut(Bytes sample, std::size_t width, unsigned drop, Buffer& histogram) {
  const UnitLoops& loops = kLoopsByWidth[width_index(width)];
  const unsigned sign = loops.any_sign(sample) ? 1 : 0;
  const auto bits = static_cast<unsigned>(8 * width) - sign - drop;
  const unsigned finest = bits > kHighBits ? bits - kHighBits : 0;
  const std::size_t codes = std::size_t{1} << (bits - finest);
  const Counts counts(reinterpret_cast<std::uint32_t*>(histogram.reserve(codes * sizeof(std::uint32_t))),
                      codes);
  std::fill(counts.begin(), counts.end(), 0);
  Range range = loops.count_codes(sample, sign, drop + finest, counts);

  CutPlan best;
  for (unsigned low_bits = finest; low_bits < bits; ++low_bits, range = halve(counts, range)) {
    const std::size_t base = best_base(counts, range);
    const Symbols symbols = symbols_in(counts, range, base, sample.size() / width);
    const double outside = extra_bits(symbols) + low_bits + sign;
    const bool first = low_bits == finest;
    const double least = outside + entropy_bits(symbols);
    if (!first && least > best.bits * kHopeless) break;
    if (!first && least > best.bits * kAsGood) continue;
    const double cost = outside + bits_a_symbol(symbols.counts);
    if (!first && cost > best.bits * kAsGood) continue;
    best.bits = first ? cost : std::min(best.bits, cost);
    best.cut = {.drop = drop, .low_bits = low_bits, .sign = sign, .base = static_cast<std::uint32_t>(base)};
  }
  return best;
}

}  // namespace weightsieve::codec
