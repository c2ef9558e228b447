// Where the zeros of a tensor stand: rows and columns of nothing else, and the 2:4 structure that sparse
// tensor cores multiply. Looks no further than it must: a row is alive at its first value, a column leaves
// the list of those that may be dead, and one group of four ends the third question. Plain values; one thread
// at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/base/wire.hpp"
#include "weightsieve/tensor/dtype.hpp"
#include "weightsieve/tensor/shape.hpp"

namespace weightsieve {

/// Rows are indices of the first dimension and columns those of the second, after extents of 1 are dropped.
struct ZeroPattern {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t dead_rows = 0;  ///< all zero
  std::uint64_t dead_columns = 0;
  std::uint64_t first_dead_row = 0;     ///< where there is one
  std::uint64_t first_dead_column = 0;  ///< where there is one
  bool two_of_four = false;             ///< of each four neighbours along the last axis at least two are zero
};

class ZeroScan {
 public:
  /// Rows, and columns, of a tensor at most: a bit of memory each.
  static constexpr std::uint64_t kMost = std::uint64_t{1} << 20;

  /// Nothing for a shape that has no two dimensions, or more rows or columns than kMost.
  static std::optional<ZeroScan> of(Dtype dtype, const Shape& shape);

  /// Whether so many zeros are enough for anything to be found.
  bool is_worth(std::uint64_t zeros) const noexcept;

  /// Looks at elements from `first` on, a multiple of four. In any order, each once.
  void add(Bytes bytes, std::uint64_t first, std::uint64_t elements);

  /// Joins what another scan of the same tensor saw. What is joined keeps no list of columns: a bit a row and
  /// column are all its memory.
  void merge(const ZeroScan& other);

  ZeroPattern finish() const;

  void write(WireWriter& out) const;
  /// Joins what write() wrote of a scan of the same tensor.
  void read(WireReader& in);

 private:
  class Bits {
   public:
    explicit Bits(std::uint64_t count) : words_((count + 63) / 64) {}
    bool operator[](std::uint64_t i) const noexcept { return (words_[i / 64] >> i % 64 & 1) != 0; }
    void set(std::uint64_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << i % 64; }
    void merge(const Bits& other) noexcept;
    void write(WireWriter& out) const;
    void read(WireReader& in);

   private:
    std::vector<std::uint64_t> words_;
  };

  ZeroScan(Dtype dtype, std::uint64_t rows, std::uint64_t columns, std::uint64_t depth, bool whole_fours);

  template <class Elements>
  void look(const Elements& values, std::uint64_t first, std::uint64_t elements);
  template <class Elements>
  void look_at_row(const Elements& values, std::uint64_t row, std::uint64_t begin, std::uint64_t end);

  Dtype dtype_;
  std::uint64_t rows_, columns_;
  std::uint64_t depth_;  ///< elements of one row and column
  bool two_of_four_;
  Bits live_rows_, live_columns_;
  bool has_begun_ = false;
  std::vector<std::uint32_t> open_;  ///< columns without a value so far; made by the first add()
};

}  // namespace weightsieve
