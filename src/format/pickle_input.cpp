#include "format/pickle_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/problem_log.hpp"
#include "weightsieve/base/as_text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{64} << 10;
constexpr std::size_t kMaxLineBytes = 4096;

}  // namespace

PickleInput::PickleInput(const PickleText& text)
    : text_(text), cursor_(text.source->cursor()), position_(text.begin), mark_(text.begin) {}

Bytes PickleInput::take(std::uint64_t length) {
  const std::uint64_t left = std::min(text_.end - position_, text_.most_bytes - used());
  if (length > left && left < text_.end - position_)
    fail(rules::kPickleLimit, fmt::format("the pickle has more than {} bytes", text_.most_bytes));
  if (length > left) fail_short(length);
  if (length > kMaxWindowBytes)
    fail(rules::kPickleLimit,
         fmt::format("{} bytes in one piece; at most {} are read", length, kMaxWindowBytes));
  if (in_frame() && length > frame_end_ - position_)
    fail(rules::kPickleFrame, "reaches over the end of its frame");
  const bool holds = position_ >= window_begin_ && position_ + length <= window_begin_ + window_.size();
  if (!holds) {
    window_begin_ = position_;
    window_ =
        cursor_->view(position_, static_cast<std::size_t>(std::min(left, std::max(length, kWindowBytes))));
  }
  const Bytes taken =
      window_.subspan(static_cast<std::size_t>(position_ - window_begin_), static_cast<std::size_t>(length));
  position_ += length;
  return taken;
}

// Most are read one at a time. All of the window may be, and one byte ends where its frame ends, or before.
std::uint8_t PickleInput::byte() {
  const std::uint64_t at = position_ - window_begin_;
  if (at >= window_.size()) return std::to_integer<std::uint8_t>(take(1)[0]);
  ++position_;
  return std::to_integer<std::uint8_t>(window_[static_cast<std::size_t>(at)]);
}

void PickleInput::skip(std::uint64_t length) {
  while (length > 0) {
    const std::uint64_t piece = std::min<std::uint64_t>(length, kMaxWindowBytes);
    if (length > text_.end - position_) fail_short(length);
    take(piece);
    length -= piece;
  }
}

std::string PickleInput::line() {
  std::string text;
  while (text.size() <= kMaxLineBytes) {
    const char c = static_cast<char>(byte());
    if (c == '\n') return text;
    text += c;
    take_up_to_break(text);
  }
  fail(rules::kPickleLimit, fmt::format("a name of more than {} bytes", kMaxLineBytes));
}

void PickleInput::take_up_to_break(std::string& text) {
  const Bytes rest = window_.subspan(static_cast<std::size_t>(position_ - window_begin_));
  const std::string_view ahead = as_text(rest.first(std::min(rest.size(), kMaxLineBytes)));
  const std::string_view piece = ahead.substr(0, ahead.find('\n'));
  text += piece;
  position_ += piece.size();
}

void PickleInput::begin_frame(std::uint64_t length) {
  if (in_frame()) fail(rules::kPickleFrame, "a frame begins inside another");
  if (length > text_.end - position_) fail(rules::kPickleFrame, "the frame ends behind the pickle");
  frame_end_ = position_ + length;
}

std::uint64_t PickleInput::at() const noexcept {
  return text_.is_stored ? text_.offset_bytes + (mark_ - text_.begin) : text_.offset_bytes;
}

void PickleInput::fail_short(std::uint64_t length) const {
  fail(rules::kPickleLength,
       fmt::format("the pickle is cut short, or a length in it is wrong: {} bytes belong here; {} are left",
                   length, text_.end - position_));
}

void PickleInput::fail(const Rule& rule, const std::string& message) const {
  reject(rule, text_.source->path(), at(), message);
}

}  // namespace weightsieve::format
