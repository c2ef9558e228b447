#include <algorithm>
#include <array>
#include <bit>

#include "codec/choose_cut.hpp"
#include "codec/symbol_costs.hpp"
#include "codec/values.hpp"

namespace weightsieve::codec {
namespace {

constexpr std::size_t kSampleUnits = std::size_t{1} << 14;
constexpr std::size_t kPieceUnits = std::size_t{1} << 10;
constexpr std::size_t kTrialBytes = std::size_t{64} << 10;
constexpr double kMayGain = 1.5;   // what the thorough search may be better by than the fast one
constexpr double kClearly = 1.01;  // planes take a symbol a byte, cut takes one a unit: twice as fast
constexpr double kHeadBits = 8.0 * kPlaneHeadBytes;
constexpr double kTableBits = 8.0 * 80;  // zstd's headers and a table of symbols

bool all_equal(const Values& values) noexcept {
  const std::size_t rest = (values.count - 1) * values.width;
  return std::memcmp(values.units, values.units + values.width, rest) == 0;
}

// Pieces of neighbouring units from all over.
Bytes take_sample(const Values& values, Buffer& room) {
  if (values.count <= kSampleUnits) return values.bytes();
  std::byte* const sample = room.reserve(kSampleUnits * values.width);
  constexpr std::size_t kPieces = kSampleUnits / kPieceUnits;
  const std::size_t piece_bytes = kPieceUnits * values.width;
  for (std::size_t i = 0; i < kPieces; ++i) {
    const std::size_t first = (values.count - kPieceUnits) / (kPieces - 1) * i;
    std::memcpy(sample + i * piece_bytes, values.units + first * values.width, piece_bytes);
  }
  return {sample, kSampleUnits * values.width};
}

std::uint64_t load_unit(const std::byte* units, std::size_t width, std::size_t index) noexcept {
  std::uint64_t unit = 0;
  std::memcpy(&unit, units + index * width, width);
  return unit;
}

unsigned common_zero_bits(Bytes units, std::size_t width) noexcept {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < units.size() / width && (any & 1) == 0; ++i)
    any |= load_unit(units.data(), width, i);
  return any == 0 ? 0 : static_cast<unsigned>(std::countr_zero(any));
}

SymbolCounts count_plane(Bytes sample, std::size_t width, std::size_t plane) noexcept {
  SymbolCounts counts{};
  for (std::size_t i = plane; i < sample.size(); i += width)
    ++counts[std::to_integer<std::uint8_t>(sample[i])];
  return counts;
}

// Within runs of 128 units: the share that stood there before. Random values repeat little; those that were
// quantised with a scale for each few of them a lot.
double repeated_share(Bytes sample, std::size_t width) noexcept {
  constexpr std::size_t kRun = 128, kSlots = 512;
  std::size_t repeated = 0;
  const std::size_t units = sample.size() / width;
  for (std::size_t begin = 0; begin < units; begin += kRun) {
    std::array<std::uint64_t, kSlots> seen{};
    for (std::size_t i = begin; i < std::min(units, begin + kRun); ++i) {
      const std::uint64_t unit = load_unit(sample.data(), width, i);
      std::uint64_t& slot = seen[(unit * 0x9E37'79B9'7F4A'7C15) >> 55];
      repeated += slot == unit;
      slot = unit;
    }
  }
  return static_cast<double>(repeated) / static_cast<double>(units);
}

constexpr double kOften = 0.5;

// Lowest bytes that take all values alike, and hardly a value twice: then only the upper bits can be coded.
bool is_random_below(Bytes some, std::size_t width) noexcept {
  constexpr double kRandom = 7.8;
  return some.size() >= 2 * kPieceUnits * width && bits_a_symbol(count_plane(some, width, 0)) >= kRandom;
}

ValuePlan plan_cut(const Values& values, Bytes sample, ValueRooms& rooms) {
  const unsigned drop =
      common_zero_bits(sample, values.width) > 0 ? common_zero_bits(values.bytes(), values.width) : 0;
  const CutPlan cut = choose_cut(sample, values.width, drop, rooms.histogram);
  ValuePlan plan{.coding = ValueCoding::cut, .cut = cut.cut};
  plan.bits = cut.bits * static_cast<double>(values.count) + 3 * kHeadBits + kTableBits;
  return plan;
}

ValuePlan plan_planes(const Values& values, Bytes sample) {
  constexpr double kStoredAbove = 7.8;  // zstd stores what would gain little
  ValuePlan plan{.coding = ValueCoding::planes};
  const auto count = static_cast<double>(values.count);
  for (std::size_t i = 0; i < values.width; ++i) {
    const double bits = bits_a_symbol(count_plane(sample, values.width, i));
    const double coded = bits * count + (bits > 0 ? kTableBits : 0);
    plan.bits += kHeadBits + (bits > kStoredAbove ? 8 * count : std::min(coded, 8 * count));
  }
  return plan;
}

ValuePlan plan_repeats(const Values& values, Effort effort, ZstdCompressor& compressor, ValueRooms& rooms) {
  const Bytes all = values.bytes();
  const Bytes some = all.subspan((all.size() - std::min(all.size(), kTrialBytes)) / 2)
                         .first(std::min(all.size(), kTrialBytes));
  const std::size_t room = zstd_frame_bound(some.size());
  const std::size_t size =
      compressor.compress(some, effort, {rooms.trial.reserve(room), room}).value_or(some.size());
  ValuePlan plan{.coding = ValueCoding::repeats, .effort = effort};
  plan.bits =
      8.0 * static_cast<double>(size) * static_cast<double>(all.size()) / static_cast<double>(some.size());
  return plan;
}

void keep_smaller(ValuePlan& best, const ValuePlan& other, double by = 1) noexcept {
  if (other.bits * by < best.bits) best = other;
}

}  // namespace

ValuePlan plan_values(const Values& values, ZstdCompressor& compressor, ValueRooms& rooms) {
  if (values.count == 0) return {.coding = ValueCoding::none};
  if (all_equal(values))
    return {.coding = ValueCoding::constant, .bits = kHeadBits + 8.0 * static_cast<double>(values.width)};
  const Bytes sample = take_sample(values, rooms.sample);
  ValuePlan best{.coding = ValueCoding::stored};
  best.bits = kHeadBits + 8.0 * static_cast<double>(values.bytes().size());
  const Bytes some = sample.first(std::min(sample.size(), 4 * kPieceUnits * values.width));
  const bool repeated = repeated_share(some.first(some.size() / 2), values.width) >= kOften;
  if (values.floating && values.width > 1) {
    keep_smaller(best, plan_cut(values, sample, rooms));
    if (!repeated && is_random_below(some, values.width)) return best;
  }
  keep_smaller(best, plan_planes(values, sample), best.coding == ValueCoding::cut ? kClearly : 1);
  if (values.floating && !repeated) return best;
  const ValuePlan fast = plan_repeats(values, Effort::fast, compressor, rooms);
  if (fast.bits < kMayGain * best.bits)
    keep_smaller(best, plan_repeats(values, Effort::thorough, compressor, rooms));
  keep_smaller(best, fast);
  return best;
}

}  // namespace weightsieve::codec
