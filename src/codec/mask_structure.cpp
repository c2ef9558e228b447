// In a mask without structure, neighbours differ as often as chance has it: with a share p of set bits
// around, 2p(1 - p) of neighbours in a row, p(1 - q) + q(1 - p) of neighbours in a column. The shares are
// those of the surrounding 1024 bits, because rows of different density are no structure that would be worth
// a search.
#include "codec/mask_structure.hpp"

#include <algorithm>
#include <array>

#include "codec/bitmap.hpp"
#include "weightsieve/kernels/pack.hpp"

namespace weightsieve::codec {
namespace {

constexpr std::size_t kPieceBits = 1024;
constexpr std::size_t kPieces = 64;
constexpr double kClearlyLess = 0.85;

struct Piece {
  unsigned set = 0;
  unsigned changes = 0;                                     // from a bit to the next
  unsigned set_below = 0;                                   // of the bits a row further on
  unsigned changes_below = 0;                               // from a bit to the one a row further on
  static constexpr unsigned kSteps = kPieceBits / 32 * 31;  // neighbours that `changes` looked at
};

constexpr std::size_t kPieceWords = kPieceBits / 32;
using Words = std::array<std::uint32_t, kPieceWords>;

unsigned count(const Words& words) noexcept {
  return static_cast<unsigned>(
      pack_kernels().count_bits(reinterpret_cast<const std::byte*>(words.data()), sizeof words));
}

Piece look_at(const std::byte* bitmap, std::size_t units, std::size_t first,
              std::uint64_t row_units) noexcept {
  Words here{}, changes{}, below{}, changes_below{};
  for (std::size_t i = 0; i < kPieceWords; ++i) {
    here[i] = static_cast<std::uint32_t>(bits_at(bitmap, units, first + 32 * i, 32));
    changes[i] = (here[i] ^ (here[i] >> 1)) & 0x7FFF'FFFF;
    if (row_units == 0) continue;
    below[i] = static_cast<std::uint32_t>(bits_at(bitmap, units, first + 32 * i + row_units, 32));
    changes_below[i] = here[i] ^ below[i];
  }
  return {count(here), count(changes), count(below), count(changes_below)};
}

}  // namespace

bool is_structured(const std::byte* bitmap, std::size_t units, std::size_t kept,
                   std::uint64_t row_units) noexcept {
  if (row_units > units / 2) row_units = 0;
  const std::size_t span = kPieceBits + row_units;
  if (units < span) return false;
  const std::size_t pieces = std::clamp<std::size_t>(units / kPieceBits, 1, kPieces);
  double changes = 0, expected = 0, below = 0, expected_below = 0;
  for (std::size_t i = 0; i < pieces; ++i) {
    const Piece piece = look_at(bitmap, units, (units - span) / pieces * i, row_units);
    const double p = piece.set / double{kPieceBits}, q = piece.set_below / double{kPieceBits};
    changes += piece.changes;
    expected += 2 * p * (1 - p) * Piece::kSteps;
    below += piece.changes_below;
    expected_below += (p * (1 - q) + q * (1 - p)) * kPieceBits;
  }
  const double rarer = static_cast<double>(std::min(kept, units - kept)) / static_cast<double>(units);
  const bool in_rows = changes < kClearlyLess * expected;
  const bool in_columns = row_units > 0 && below < kClearlyLess * expected_below;
  const bool in_runs = changes < rarer / 4 * static_cast<double>(pieces * Piece::kSteps);
  return in_rows || in_columns || in_runs;
}

}  // namespace weightsieve::codec
