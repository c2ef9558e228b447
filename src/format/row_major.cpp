#include "format/row_major.hpp"

namespace weightsieve::format {
namespace {

class Splitter {
 public:
  explicit Splitter(const Shape& sizes) : sizes_(sizes), rows_(row_sizes(sizes)), now_(sizes.size()) {}

  /// Elements [first, end) inside what is left when the first `depth` indices are fixed.
  void split(std::size_t depth, std::uint64_t first, std::uint64_t end) {
    if (first == end) return;
    if (first == 0 && end == rows_[depth]) return emit(depth);
    const std::uint64_t row = rows_[depth + 1];
    const std::uint64_t first_row = first / row;
    const std::uint64_t last_row = end / row;
    if (first_row == last_row) return split_row(depth, first_row, first % row, end % row);
    if (first % row != 0) split_row(depth, first_row, first % row, row);
    const std::uint64_t whole = first_row + (first % row != 0 ? 1 : 0);
    now_[depth] = {whole, last_row};
    if (whole < last_row) emit(depth + 1);
    split_row(depth, last_row, 0, end % row);
  }

  std::vector<std::vector<IndexRange>> take() { return std::move(boxes_); }

 private:
  void split_row(std::size_t depth, std::uint64_t index, std::uint64_t first, std::uint64_t end) {
    now_[depth] = {index, index + 1};
    split(depth + 1, first, end);
  }

  /// A box that has all of the dimensions from `depth` on.
  void emit(std::size_t depth) {
    for (std::size_t i = depth; i < sizes_.size(); ++i)
      now_[i] = {0, sizes_[i]};
    boxes_.push_back(now_);
  }

  const Shape& sizes_;
  std::vector<std::uint64_t> rows_;
  std::vector<IndexRange> now_;
  std::vector<std::vector<IndexRange>> boxes_;
};

}  // namespace

std::vector<std::uint64_t> row_sizes(const Shape& sizes) {
  std::vector<std::uint64_t> rows(sizes.size() + 1, 1);
  for (std::size_t i = sizes.size(); i-- > 0;)
    rows[i] = rows[i + 1] * sizes[i];
  return rows;
}

std::vector<std::vector<IndexRange>> boxes_of(const Shape& sizes, std::uint64_t first, std::uint64_t end) {
  Splitter splitter(sizes);
  splitter.split(0, first, end);
  return splitter.take();
}

}  // namespace weightsieve::format
