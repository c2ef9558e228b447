// The PackTable of every instruction set, beside loops that look at one unit at a time.
#include "weightsieve/kernels/pack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

namespace weightsieve {
namespace {

using Memory = std::vector<std::byte>;

constexpr std::size_t kCounts[] = {0, 1, 63, 64, 65, 128, 129, 4095, 4096, 4097, 20'000, 70'001};
constexpr double kDensities[] = {0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.95, 1};

std::vector<const PackTable*> tables() {
  std::vector<const PackTable*> found;
  for (const Isa isa : {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512bw})
    if (const PackTable* table = pack_table(isa)) found.push_back(table);
  return found;
}

/// Units of `width` bytes, of which a share is not zero.
struct Units {
  std::size_t width;
  std::vector<bool> kept;
  Memory bytes;

  Units(std::size_t width_bytes, std::size_t count, double density, std::uint64_t seed)
      : width(width_bytes), kept(count), bytes(count * width_bytes) {
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < count; ++i) {
      if (static_cast<double>(random() >> 11) * 0x1p-53 >= density) continue;
      kept[i] = true;
      const std::uint64_t unit = random() | 1;
      std::memcpy(bytes.data() + i * width, &unit, width);
    }
  }

  Memory bitmap() const {
    Memory bits((kept.size() + 7) / 8);
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (kept[i]) bits[i / 8] |= std::byte{1} << (i % 8);
    return bits;
  }

  Memory compacted() const {
    Memory out;
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (kept[i])
        out.insert(out.end(), bytes.begin() + static_cast<std::ptrdiff_t>(i * width),
                   bytes.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
    return out;
  }
};

template <class Check>
void for_all_units(const Check& check) {
  for (const std::size_t width : {1U, 2U, 4U, 8U})
    for (const std::size_t count : kCounts)
      for (const double density : kDensities)
        check(Units(width, count, density, count + width));
}

Memory with_slack(std::size_t bytes) { return Memory(bytes + kPackSlackBytes, std::byte{0xA5}); }

Memory cut_to(Memory memory, std::size_t bytes) {
  memory.resize(bytes);
  return memory;
}

TEST_CASE("units that are not zero are marked, and only they are moved together and apart") {
  for_all_units([](const Units& units) {
    const std::size_t width = width_index(units.width), count = units.kept.size();
    const Memory bitmap = units.bitmap(), compacted = units.compacted();
    const std::size_t kept = compacted.size() / units.width;
    for (const PackTable* table : tables()) {
      Memory marked(bitmap.size());
      REQUIRE(table->mark[width](units.bytes.data(), count, marked.data()) == kept);
      REQUIRE(marked == bitmap);
      Memory together = with_slack(compacted.size());
      REQUIRE(table->compact[width](units.bytes.data(), count, bitmap.data(), together.data()) == kept);
      REQUIRE(cut_to(together, compacted.size()) == compacted);
      Memory apart(units.bytes.size(), std::byte{0xA5});
      table->expand[width](compacted.data(), kept, bitmap.data(), count, apart.data());
      REQUIRE(apart == units.bytes);
    }
  });
}

std::uint64_t bits_at(const Memory& memory, std::size_t position, unsigned bits) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const std::size_t at = position + i;
    value |= std::uint64_t{(std::to_integer<unsigned>(memory[at / 8]) >> (at % 8)) & 1} << i;
  }
  return value;
}

/// Which units gaps mark, as pack.hpp describes them; nothing where they are wrong.
std::optional<std::vector<bool>> marks_of(const Memory& highs, const Memory& lows, GapShape shape,
                                          std::size_t units) {
  std::vector<bool> marks(units);
  std::size_t position = 0;
  for (std::size_t i = 0; i < highs.size(); ++i) {
    const auto high = std::to_integer<std::size_t>(highs[i]);
    const std::uint64_t low = bits_at(lows, i * shape.low_bits, shape.low_bits);
    if (high > shape.limit || (high == shape.limit && low != 0)) return std::nullopt;
    position += (high << shape.low_bits) + low;
    if (high == shape.limit) continue;
    if (position >= units) return std::nullopt;
    marks[position++] = true;
  }
  return marks;
}

struct WrittenGaps {
  Memory highs, lows;

  WrittenGaps(const PackTable& table, const Units& units, bool flip, GapShape shape) {
    const Memory bitmap = units.bitmap();
    const std::size_t most = 2 * units.kept.size() + 1;
    Memory room(most), low_room(packed_bytes(most, shape.low_bits) + 8);
    const std::size_t count =
        table.write_gaps(bitmap.data(), units.kept.size(), flip, shape, room.data(), low_room.data());
    highs = cut_to(room, count);
    lows = cut_to(low_room, packed_bytes(count, shape.low_bits));
  }
};

constexpr GapShape kShapes[] = {{0, 16}, {0, 49}, {0, 127}, {0, 128}, {0, 255}, {1, 16}, {3, 200}, {9, 16}};

TEST_CASE("gaps mark what the bitmap marks, the same on every instruction set") {
  for_all_units([](const Units& units) {
    if (units.width != 1) return;
    for (const GapShape shape : kShapes) {
      for (const bool flip : {false, true}) {
        std::vector<bool> expected = units.kept;
        if (flip) expected.flip();
        const WrittenGaps first(*tables().front(), units, flip, shape);
        REQUIRE(marks_of(first.highs, first.lows, shape, expected.size()) == expected);
        for (const PackTable* table : tables()) {
          const WrittenGaps gaps(*table, units, flip, shape);
          REQUIRE((gaps.highs == first.highs && gaps.lows == first.lows));
        }
      }
    }
  });
}

TEST_CASE("values are put behind their gaps") {
  for_all_units([](const Units& units) {
    const Memory compacted = units.compacted();
    const std::size_t kept = compacted.size() / units.width;
    for (const GapShape shape : kShapes) {
      const WrittenGaps gaps(*tables().front(), units, false, shape);
      for (const PackTable* table : tables()) {
        Memory out(units.bytes.size(), std::byte{0xA5});
        const Gaps stored{shape, gaps.highs.data(), gaps.highs.size(), gaps.lows.data()};
        REQUIRE(table->scatter[width_index(units.width)](compacted.data(), kept, stored, units.kept.size(),
                                                         out.data()));
        REQUIRE(out == units.bytes);
      }
    }
  });
}

TEST_CASE("wrong gaps put nothing outside, and are told") {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 4000; ++trial) {
    const Units units(2, 300 + random() % 5000, trial % 2 ? 0.1 : 0.02, random());
    const GapShape shape = kShapes[random() % std::size(kShapes)];
    WrittenGaps gaps(*tables().front(), units, false, shape);
    const std::size_t kept = units.compacted().size() / 2;
    if (gaps.highs.empty()) continue;
    gaps.highs[random() % gaps.highs.size()] = static_cast<std::byte>(random());
    const auto marks = marks_of(gaps.highs, gaps.lows, shape, units.kept.size());
    const bool right =
        marks && static_cast<std::size_t>(std::count(marks->begin(), marks->end(), true)) == kept;
    const Memory values = units.compacted();
    for (const PackTable* table : tables()) {
      Memory out(units.bytes.size());  // a sanitizer sees what is written behind it
      const Gaps stored{shape, gaps.highs.data(), gaps.highs.size(), gaps.lows.data()};
      REQUIRE(table->scatter[1](values.data(), kept, stored, units.kept.size(), out.data()) == right);
    }
  }
}

}  // namespace
}  // namespace weightsieve
