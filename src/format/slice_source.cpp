#include "format/slice_source.hpp"

#include <algorithm>
#include <vector>

namespace weightsieve::format {
namespace {

constexpr std::uint64_t kKeptBytes = std::uint64_t{8} << 10;  ///< at each end

std::vector<std::byte> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

class SliceSource final : public Source {
 public:
  SliceSource(std::shared_ptr<const Source> file, Cursor& cursor, std::uint64_t begin, std::uint64_t bytes)
      : Source(file->path(), file->identity(), bytes), file_(std::move(file)), begin_(begin) {
    const std::uint64_t head_bytes = std::min(bytes, 2 * kKeptBytes);
    head_ = copy_of(cursor.view(begin, static_cast<std::size_t>(head_bytes)));
    const std::uint64_t tail_bytes = std::min(bytes - head_bytes, kKeptBytes);
    tail_ = copy_of(cursor.view(begin + bytes - tail_bytes, static_cast<std::size_t>(tail_bytes)));
  }

  std::unique_ptr<Cursor> cursor() const override { return std::make_unique<View>(*this); }
  void check_unchanged() const override { file_->check_unchanged(); }

 private:
  class View final : public Cursor {
   public:
    explicit View(const SliceSource& slice) : slice_(slice) {}

    Bytes view(std::uint64_t offset_bytes, std::size_t length) override {
      const std::uint64_t tail_at = slice_.size() - slice_.tail_.size();
      if (offset_bytes + length <= slice_.head_.size())
        return Bytes(slice_.head_).subspan(static_cast<std::size_t>(offset_bytes), length);
      if (offset_bytes >= tail_at)
        return Bytes(slice_.tail_).subspan(static_cast<std::size_t>(offset_bytes - tail_at), length);
      if (!cursor_) cursor_ = slice_.file_->cursor();
      return cursor_->view(slice_.begin_ + offset_bytes, length);
    }

   private:
    const SliceSource& slice_;
    std::unique_ptr<Cursor> cursor_;
  };

  std::shared_ptr<const Source> file_;
  std::uint64_t begin_;
  std::vector<std::byte> head_;
  std::vector<std::byte> tail_;
};

}  // namespace

std::shared_ptr<const Source> slice_of(std::shared_ptr<const Source> file, Cursor& cursor,
                                       std::uint64_t offset_bytes, std::uint64_t bytes) {
  return std::make_shared<SliceSource>(std::move(file), cursor, offset_bytes, bytes);
}

}  // namespace weightsieve::format
