#include "format/npy_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "format/problem_log.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::size_t kMaxRank = 64;
constexpr std::size_t kMaxDescrBytes = 64;

/// The dict, character by character.
class DictParser {
 public:
  /// `takes_long`: integers may end in L, as those of Python 2 do.
  DictParser(std::string_view text, std::size_t begin, bool takes_long)
      : text_(text), begin_(begin), takes_long_(takes_long) {}

  void parse(NpyHeader& header) {
    expect('{');
    bool has_descr = false, has_order = false, has_shape = false;
    while (!take('}')) {
      const std::size_t at = at_;
      const std::string_view key = quoted();
      expect(':');
      bool& seen = key == "descr" ? has_descr : key == "fortran_order" ? has_order : has_shape;
      if (seen || (key != "descr" && key != "fortran_order" && key != "shape"))
        fail(rules::kNpyHeader, at, fmt::format("the key {} is unknown or stands twice", in_quotes(key)));
      seen = true;
      value(key, header);
      if (take('}')) break;
      expect(',');
    }
    skip_space();
    if (at_ != text_.size()) fail(rules::kNpyHeader, at_, "something follows the dict");
    if (!has_descr || !has_order || !has_shape)
      fail(rules::kNpyHeader, 0, "descr, fortran_order and shape must be there");
  }

 private:
  void value(std::string_view key, NpyHeader& header) {
    if (key == "descr") {
      skip_space();
      if (at_ < text_.size() && text_[at_] == '[')
        fail(rules::kNpyDtype, at_, "the array has several fields; arrays of numbers are read");
      header.descr = quoted();
    } else if (key == "fortran_order") {
      header.fortran_order = truth();
    } else {
      header.shape = tuple();
    }
  }

  std::string_view quoted() {
    skip_space();
    const std::size_t begin = at_;
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail(rules::kNpyHeader, begin, "must be a text in quotes");
    const std::size_t end = text_.find(quote, begin + 1);
    if (end == std::string_view::npos || end - begin > kMaxDescrBytes)
      fail(rules::kNpyHeader, begin, fmt::format("a text of more than {} bytes", kMaxDescrBytes));
    const std::string_view inside = text_.substr(begin + 1, end - begin - 1);
    if (inside.find('\\') != std::string_view::npos) fail(rules::kNpyHeader, begin, "a text with escapes");
    at_ = end + 1;
    return inside;
  }

  bool truth() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    fail(rules::kNpyHeader, at_, "fortran_order must be True or False");
  }

  Shape tuple() {
    expect('(');
    Shape shape;
    bool comma = true;
    while (!take(')')) {
      if (!comma) fail(rules::kNpyShape, at_, "must be a comma or the end of the shape");
      if (shape.size() == kMaxRank)
        fail(rules::kNpyShape, at_, fmt::format("more than {} dimensions", kMaxRank));
      shape.push_back(integer());
      comma = take(',');
    }
    if (shape.size() == 1 && !comma) fail(rules::kNpyShape, at_, "a number in brackets is no tuple");
    return shape;
  }

  std::uint64_t integer() {
    skip_space();
    std::uint64_t number = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    const bool is_padded = end - begin > 1 && *begin == '0';
    if (error != std::errc() || is_padded)
      fail(rules::kNpyShape, at_, "must be an integer from 0 to 2^64 - 1");
    at_ += static_cast<std::size_t>(end - begin);
    if (takes_long_ && at_ < text_.size() && text_[at_] == 'L') ++at_;
    return number;
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\n", at_), text_.size()); }

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!take(wanted)) fail(rules::kNpyHeader, at_, fmt::format("must be '{}'", wanted));
  }

  [[noreturn]] void fail(const Rule& rule, std::size_t at, const std::string& message) const {
    throw NpyFault{rule, begin_ + at, message};
  }

  std::string_view text_;
  std::size_t begin_;  ///< of the text in the file
  bool takes_long_;
  std::size_t at_ = 0;
};

struct TypeCode {
  std::string_view code;
  Dtype dtype;
  unsigned number_bytes;
};

// V2 is how arrays of ml_dtypes.bfloat16 are saved; to numpy it is two bytes, which no byte order turns.
constexpr std::array kTypeCodes{
    TypeCode{"f2", Dtype::F16, 2}, TypeCode{"f4", Dtype::F32, 4},  TypeCode{"f8", Dtype::F64, 8},
    TypeCode{"i1", Dtype::I8, 1},  TypeCode{"i2", Dtype::I16, 2},  TypeCode{"i4", Dtype::I32, 4},
    TypeCode{"i8", Dtype::I64, 8}, TypeCode{"u1", Dtype::U8, 1},   TypeCode{"u2", Dtype::U16, 2},
    TypeCode{"u4", Dtype::U32, 4}, TypeCode{"u8", Dtype::U64, 8},  TypeCode{"b1", Dtype::BOOL, 1},
    TypeCode{"c8", Dtype::C64, 4}, TypeCode{"V2", Dtype::BF16, 1},
};

}  // namespace

NpyHeader parse_npy_header(Bytes first_bytes) {
  const std::string_view all = as_text(first_bytes);
  if (!all.starts_with(kNpyMagic)) throw NpyFault{rules::kNpyHeader, 0, "does not begin with \\x93NUMPY"};
  const std::size_t length_at = kNpyMagic.size() + 2;
  if (all.size() < length_at + 2) throw NpyFault{rules::kNpyHeader, all.size(), "the header is cut short"};
  const auto major = static_cast<unsigned char>(all[length_at - 2]);
  const auto minor = static_cast<unsigned char>(all[length_at - 1]);
  if (major < 1 || major > 3 || minor != 0)
    throw NpyFault{rules::kNpyVersion, length_at - 2,
                   fmt::format("is of version {}.{}; 1.0, 2.0 and 3.0 are read", major, minor)};
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = length_at + length_bytes;
  if (all.size() < begin) throw NpyFault{rules::kNpyHeader, all.size(), "the header is cut short"};
  const std::uint64_t length = major == 1 ? load<std::uint16_t>(first_bytes.data() + length_at)
                                          : load<std::uint32_t>(first_bytes.data() + length_at);
  if (begin + length > kMaxNpyHeaderBytes)
    throw NpyFault{rules::kNpyHeader, length_at, fmt::format("a header of {} bytes; at most 65,536", length)};
  if (length > all.size() - begin) throw NpyFault{rules::kNpyHeader, length_at, "the header is cut short"};
  const std::string_view text = all.substr(begin, static_cast<std::size_t>(length));
  const bool is_ascii =
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (!text.ends_with('\n') || (major < 3 ? !is_ascii : valid_utf8_length(text) != text.size()))
    throw NpyFault{rules::kNpyHeader, begin, "must be text that ends with a line break"};
  NpyHeader header;
  header.header_bytes = begin + text.size();
  DictParser(text, begin, major < 3).parse(header);
  return header;
}

std::optional<NpyDtype> npy_dtype(std::string_view descr) noexcept {
  if (descr.empty() || std::string_view("<>|=").find(descr.front()) == std::string_view::npos)
    return std::nullopt;
  const bool swapped = descr.front() == '>';
  const auto at = std::ranges::find(kTypeCodes, descr.substr(1), &TypeCode::code);
  if (at == kTypeCodes.end()) return std::nullopt;
  return NpyDtype{at->dtype, swapped ? at->number_bytes : 1};
}

}  // namespace weightsieve::format
