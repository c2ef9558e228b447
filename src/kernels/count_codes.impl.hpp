// KernelTable::count16, and count8 of few bytes.
#pragma once

namespace weightsieve::kernel {
namespace {

/// Far enough for the latency of memory at one increment a cycle, near enough to be there still. Of codes of
/// 16 bits into the first level: in pages of 4 KiB that is an eighth faster than into the second (5.5
/// against 4.9 GB/s), in huge ones a twentieth slower.
inline constexpr std::size_t kPrefetchBytes = 8192;

/// Counts whole steps; gives how many codes those were.
template <typename Codes, std::size_t kTables>
std::size_t count_steps(const std::byte* data, std::size_t values,
                        CodeCounter<Codes, kTables> counter) noexcept {
  constexpr std::size_t kBytes = Codes::kStep * sizeof(typename Codes::Code);
  const std::size_t steps = values / Codes::kStep;
  for (std::size_t i = 0; i < steps; ++i, data += kBytes) {
    for (std::size_t line = 0; line < kBytes; line += 64)
      __builtin_prefetch(data + kPrefetchBytes + line, 0, 3);
    counter.add({data});
  }
  return steps * Codes::kStep;
}

/// One table: two would only help data of few values, which repeats, and take the place of the first level's
/// other half (Zen 4, Gaussian BF16: 3.3 G increments/s with one, 2.9 to 3.1 with two).
inline void count16(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept {
  const std::size_t done = count_steps(data, values, CodeCounter<Words>(counts));
  scalar::count16(data + done * 2, values - done, counts);
}

/// Four tables: among so few codes neighbours are often equal (Zen 4, Gaussian of σ = 5 steps: 2.5 GB/s with
/// one, 3.4 with four).
inline constexpr std::size_t kByteTables = 4;

inline void add_byte_tables(const std::uint32_t* tables, std::uint32_t* counts) noexcept {
  for (std::size_t i = 0; i < kByteTables * 256; ++i)
    counts[i % 256] += tables[i];
}

inline void count_bytes(const std::byte* data, std::size_t bytes, std::uint32_t* counts) noexcept {
  std::uint32_t tables[kByteTables * 256] = {};
  const std::size_t done = count_steps(data, bytes, CodeCounter<Bytes, kByteTables>(tables));
  add_byte_tables(tables, counts);
  scalar::count8(data + done, bytes - done, counts);
}

template <typename Codes>
std::size_t find_code(const std::byte* data, std::size_t values, typename Codes::Code wanted) noexcept {
  constexpr std::size_t kBytes = Codes::kStep * sizeof(typename Codes::Code);
  std::size_t i = 0;
  for (; i + Codes::kStep <= values; i += Codes::kStep, data += kBytes) {
    const std::uint64_t equal = Codes{data}.equal(wanted);
    if (equal != 0) return i + static_cast<std::size_t>(__builtin_ctzll(equal));
  }
  for (; i < values; ++i, data += sizeof wanted) {
    if (Codes{data}.code(0) == wanted) return i;
  }
  return values;
}

}  // namespace
}  // namespace weightsieve::kernel
