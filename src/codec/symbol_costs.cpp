#include "codec/symbol_costs.hpp"

#include <algorithm>
#include <cmath>

#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::codec {

SymbolCounts sample_symbols(Bytes content, std::size_t most) noexcept {
  constexpr std::size_t kPieces = 4;
  SymbolCounts counts{};
  if (content.size() <= most) {
    kernels().count8(content.data(), content.size(), counts.data());
    return counts;
  }
  const std::size_t piece = most / kPieces;
  for (std::size_t i = 0; i < kPieces; ++i)
    kernels().count8(content.data() + (content.size() - piece) / (kPieces - 1) * i, piece, counts.data());
  return counts;
}

namespace {

// zstd's codes have at most 11 bits. Symbols that deserve longer ones take the room of others, whose codes
// become longer on average by this.
double limit_bits(const SymbolCounts& counts, double total) noexcept {
  constexpr double kLeastShare = 1.0 / 2048;
  double taken = 0;
  for (const std::uint32_t count : counts) {
    if (count > 0) taken += std::max(0.0, kLeastShare - count / total);
  }
  return -std::log2(1 - taken);
}

}  // namespace

// Huffman's construction over sorted counts with two queues: the total of all merged weights is the number of
// bits of the whole text.
double bits_a_symbol(const SymbolCounts& counts) noexcept {
  std::array<std::uint64_t, 256> leaves{};
  const auto end =
      std::copy_if(counts.begin(), counts.end(), leaves.begin(), [](std::uint32_t n) { return n > 0; });
  const auto present = static_cast<std::size_t>(end - leaves.begin());
  if (present < 2) return 0;
  std::sort(leaves.begin(), end);
  std::array<std::uint64_t, 256> merged{};
  std::size_t leaf = 0, taken = 0, made = 0;
  std::uint64_t bits = 0;
  const auto least = [&] {
    const bool from_leaves = taken == made || (leaf < present && leaves[leaf] <= merged[taken]);
    return from_leaves ? leaves[leaf++] : merged[taken++];
  };
  for (; made + 1 < present; ++made) {
    const std::uint64_t weight = least() + least();
    merged[made] = weight;
    bits += weight;
  }
  const auto total = static_cast<double>(merged[made - 1]);
  return std::min(8.0, static_cast<double>(bits) / total + limit_bits(counts, total));
}

}  // namespace weightsieve::codec
