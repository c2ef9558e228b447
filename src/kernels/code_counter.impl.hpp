// Counts codes a step of up to 64 at a time: one increment each, unless a code repeats.
//
// One increment a cycle is all that the store port of Zen 4 allows, and Gaussian data gets it (3.66 G/s at
// 3.68 GHz). But an increment of a counter that was just written waits for that store: data of few distinct
// values would be three to five times slower. So each step looks how often the last frequent code occurs;
// where it still is, equal codes are counted together (16-bit codes, GB/s: two values 2.3 → 40, sorted 5.9 →
// 32, constant 6.5 → 74; the look costs 3 % on Gaussian data).
#pragma once

namespace weightsieve::kernel {
namespace {

inline std::uint64_t load_word(const void* data) noexcept {
  std::uint64_t word;
  __builtin_memcpy(&word, data, sizeof word);
  return word;
}

/// Codes as they stand: bytes and 16-bit words.
struct Bytes {
  using Code = std::uint8_t;
  static constexpr std::size_t kStep = 64;
  static constexpr std::size_t kInWord = 8;
  const std::byte* data;

  Code code(std::size_t i) const noexcept { return static_cast<Code>(data[i]); }
  Code code_of(std::uint64_t word, std::size_t i) const noexcept { return static_cast<Code>(word >> 8 * i); }
  std::uint64_t word(std::size_t i) const noexcept { return load_word(data + i); }
  std::uint64_t equal(Code code) const noexcept { return equal_bytes(data, code); }
};

struct Words {
  using Code = std::uint16_t;
  static constexpr std::size_t kStep = 64;
  static constexpr std::size_t kInWord = 4;
  const std::byte* data;

  Code code(std::size_t i) const noexcept {
    Code word;
    __builtin_memcpy(&word, data + 2 * i, sizeof word);
    return word;
  }
  Code code_of(std::uint64_t word, std::size_t i) const noexcept { return static_cast<Code>(word >> 16 * i); }
  std::uint64_t word(std::size_t i) const noexcept { return load_word(data + 2 * i); }
  std::uint64_t equal(Code code) const noexcept { return equal_words(data, code); }
};

/// The upper 16 bits of `kValues` ≤ 64 floats. Each is loaded by itself: to take words apart would cost more
/// instructions than the loops around have room for.
template <typename T, std::size_t kValues>
struct Tops {
  using Code = std::uint16_t;
  static constexpr std::size_t kStep = kValues;
  const T* data;

  Code code(std::size_t i) const noexcept {
    Code top;
    __builtin_memcpy(&top, reinterpret_cast<const char*>(data + i + 1) - sizeof top, sizeof top);
    return top;
  }
  std::uint64_t equal(Code code) const noexcept {
    constexpr std::size_t kRegister = xsimd::batch<T, Arch>::size;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kStep; i += kRegister)
      bits |= equal_top16(data + i, code) << i;
    return bits;
  }
};

/// Calls add(code, i) for each code of a step.
template <typename Codes, typename Add>
[[gnu::always_inline]] inline void each_code(const Codes& codes, Add&& add) noexcept {
#pragma GCC unroll 64
  for (std::size_t i = 0; i < Codes::kStep; ++i)
    add(std::size_t{codes.code(i)}, i);
}

/// The same with eight bytes a load: there are three ports for loads and stores, of which an increment takes
/// two (Zen 4, 16-bit codes: 3.26 → 3.66 G increments/s, a store a cycle).
template <typename Codes, typename Add>
requires requires { Codes::kInWord; }
[[gnu::always_inline]] inline void each_code(const Codes& codes, Add&& add) noexcept {
#pragma GCC unroll 64
  for (std::size_t i = 0; i < Codes::kStep; i += Codes::kInWord) {
    const std::uint64_t word = codes.word(i);
#pragma GCC unroll 8
    for (std::size_t k = 0; k < Codes::kInWord; ++k)
      add(std::size_t{codes.code_of(word, k)}, i + k);
  }
}

inline std::uint32_t ones(std::uint64_t bits) noexcept {
  return static_cast<std::uint32_t>(__builtin_popcountll(bits));
}

/// Codes that occur more often in a step are counted together.
template <typename Codes>
constexpr std::uint32_t kMany = Codes::kStep / 4;

/// Adds to one of kTables tables after the other where no code repeats.
template <typename Codes, std::size_t kTables = 1>
class CodeCounter {
  using Code = typename Codes::Code;
  static constexpr std::size_t kCodes = std::size_t{1} << (8 * sizeof(Code));

 public:
  explicit CodeCounter(std::uint32_t* counts) noexcept : counts_(counts) {}

  /// Adds one step.
  void add(const Codes& codes) noexcept {
    std::uint64_t equal = codes.equal(frequent_);
    if (ones(equal) < kMany<Codes>) {
      frequent_ = codes.code(Codes::kStep / 2);
      if (begins_run(codes)) equal = codes.equal(frequent_);
    }
    if (ones(equal) >= kMany<Codes>) return add_repeated(codes, equal);
    each_code(codes, [&](std::size_t code, std::size_t i) { ++counts_[i % kTables * kCodes + code]; });
  }

 private:
  static constexpr std::uint64_t kAll = ~std::uint64_t{0} >> (64 - Codes::kStep);

  // In sorted data a step holds one run or parts of two.
  bool begins_run(const Codes& codes) const noexcept {
    return frequent_ == codes.code(0) || frequent_ == codes.code(Codes::kStep - 1);
  }

  void add_repeated(const Codes& codes, std::uint64_t equal) noexcept {
    counts_[frequent_] += ones(equal);
    std::uint64_t left = kAll & ~equal;
    while (left != 0 && ones(equal) >= kMany<Codes>) {
      const Code code = first_of(codes, left);
      equal = codes.equal(code);
      counts_[code] += ones(equal);
      left &= ~equal;
    }
    for (; left != 0; left &= left - 1)
      ++counts_[first_of(codes, left)];
  }

  static Code first_of(const Codes& codes, std::uint64_t left) noexcept {
    return codes.code(static_cast<std::size_t>(__builtin_ctzll(left)));
  }

  std::uint32_t* counts_;
  Code frequent_ = 0;
};

}  // namespace
}  // namespace weightsieve::kernel
