#include "format/gguf_input.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/problem_log.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{64} << 10;

}  // namespace

GgufInput::GgufInput(const Source& source)
    : source_(source), cursor_(source.cursor()), end_(std::min(source.size(), kMaxGgufHeaderBytes)) {}

std::string_view GgufInput::text(std::uint64_t most, const Rule& rule, std::string_view what) {
  const std::uint64_t at = position_;
  const auto length = number<std::uint64_t>();
  require(length);
  if (length > most)
    fail(rule, at, fmt::format("{} has {} bytes; at most {}", what, grouped(length), grouped(most)));
  const Bytes bytes = take(length);
  return as_text(bytes);
}

void GgufInput::skip(std::uint64_t length) {
  require(length);
  position_ += length;
}

std::string_view GgufInput::begin_of(std::uint64_t length) {
  require(length);
  const std::uint64_t end = position_ + length;
  const Bytes bytes = take(std::min<std::uint64_t>(length, kMaxWindowBytes));
  position_ = end;
  return as_text(bytes);
}

void GgufInput::expect(std::uint64_t count, std::uint64_t each, std::string_view what) const {
  const auto bytes = checked_mul(count, each);
  if (bytes && *bytes <= left()) return;
  const bool is_limit = end_ < source_.size();
  fail(is_limit ? rules::kGgufLimit : rules::kGgufLength, position_,
       fmt::format("{} {}, of {} bytes at least, cannot stand in the {} that are left{}", grouped(count),
                   what, each, grouped(left()),
                   is_limit ? fmt::format(" of {}", grouped(end_))
                            : ": the file is cut short, or the count is wrong"));
}

void GgufInput::require(std::uint64_t length) const {
  if (length <= left()) return;
  if (end_ < source_.size() && length <= source_.size() - position_)
    fail(rules::kGgufLimit, position_,
         fmt::format("goes on for {} bytes; metadata and tensor list end at {} at the latest",
                     grouped(length), grouped(end_)));
  fail(rules::kGgufLength, position_,
       fmt::format("the file is cut short, or a length in it is wrong: {} bytes belong here; {} are left",
                   grouped(length), grouped(source_.size() - position_)));
}

Bytes GgufInput::take(std::uint64_t length) {
  require(length);
  const bool holds = position_ >= window_begin_ && position_ + length <= window_begin_ + window_.size();
  if (!holds) {
    window_begin_ = position_;
    window_ =
        cursor_->view(position_, static_cast<std::size_t>(std::min(left(), std::max(length, kWindowBytes))));
  }
  const auto begin = static_cast<std::size_t>(position_ - window_begin_);
  position_ += length;
  return window_.subspan(begin, static_cast<std::size_t>(length));
}

void GgufInput::fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
  reject(rule, source_.path(), at, message);
}

}  // namespace weightsieve::format
