#include "format/gguf_metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <deque>

#include "format/name_index.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 65'535;
constexpr std::uint64_t kLeastEntryBytes = 14;
constexpr std::uint64_t kMaxAlignment = std::uint64_t{1} << 20;

constexpr std::string_view kTemplateKey = "tokenizer.chat_template";
constexpr std::array<std::string_view, 15> kInside{
    "__class__", "__base__", "__bases__",        "__mro__",      "__subclasses__", "__globals__",
    "__init__",  "__dict__", "__getattribute__", "__builtins__", "__import__",     "__code__",
    "|attr(",    "\\x5f",    "\\u005f"};

enum class ValueType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, truth, text, array, u64, i64, f64 };

/// Bytes of a value by its type; 0 where it has a length of its own.
constexpr std::array<std::uint64_t, 13> kValueBytes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

struct Key {
  std::string name;
  std::uint64_t at;
};

class MetadataReader {
 public:
  MetadataReader(const Source& source, GgufInput& input, GgufHeader& header, ProblemLog& problems)
      : source_(source), input_(input), header_(header), problems_(problems) {}

  void read() {
    const auto entries = input_.number<std::uint64_t>();
    input_.expect(entries, kLeastEntryBytes, "entries of metadata");
    if (entries > kMaxGgufEntries)
      input_.fail(rules::kGgufLimit, input_.position() - sizeof(entries),
                  fmt::format("{} entries; at most {}", grouped(entries), grouped(kMaxGgufEntries)));
    for (std::uint64_t i = 0; i < entries; ++i) {
      read_key();
      read_value();
    }
    check_unique();
    check_part();
  }

 private:
  void read_key() {
    const std::uint64_t at = input_.position();
    const std::string_view name = input_.text(kMaxKeyBytes, rules::kGgufKey, "the key");
    if (name.empty() || name.find('\0') != std::string_view::npos || valid_utf8_length(name) != name.size())
      input_.fail(rules::kGgufKey, at, fmt::format("{} is no key", in_quotes(name)));
    keys_.push_back({std::string(name), at});
  }

  ValueType read_type() {
    const std::uint64_t at = input_.position();
    const auto number = input_.number<std::uint32_t>();
    if (number >= kValueBytes.size())
      input_.fail(rules::kGgufValue, at, fmt::format("{} is the number of no type of value", number));
    return static_cast<ValueType>(number);
  }

  void read_value() {
    const std::uint64_t at = input_.position();
    const ValueType type = read_type();
    const std::string& key = keys_.back().name;
    if (key == "general.alignment") return read_alignment(type, at);
    if (key == "split.no") return read_count(type, at, header_.part.number);
    if (key == "split.count") return read_count(type, at, header_.part.count);
    if (key == "split.tensors.count") return read_count(type, at, header_.part.tensors.emplace());
    if (type == ValueType::text && key.starts_with(kTemplateKey)) return look_into_template(at);
    if (type == ValueType::array) return skip_array();
    if (type == ValueType::truth) return check_truth();
    skip_value(type);
  }

  void read_alignment(ValueType type, std::uint64_t at) {
    if (type != ValueType::u32) input_.fail(rules::kGgufAlignment, at, "the alignment must be a u32");
    header_.alignment = input_.number<std::uint32_t>();
    if (!std::has_single_bit(header_.alignment) || header_.alignment > kMaxAlignment)
      input_.fail(rules::kGgufAlignment, at,
                  fmt::format("the alignment is {}; must be a power of two up to 2^20", header_.alignment));
  }

  /// An integer of any type, not negative.
  void read_count(ValueType type, std::uint64_t at, std::uint64_t& count) {
    const std::int64_t number = read_integer(type, at);
    if (number < 0) input_.fail(rules::kGgufSplit, at, fmt::format("{} is {}", keys_.back().name, number));
    count = static_cast<std::uint64_t>(number);
    header_.part.at = at;
  }

  std::int64_t read_integer(ValueType type, std::uint64_t at) {
    switch (type) {
      case ValueType::u8:
        return input_.number<std::uint8_t>();
      case ValueType::i8:
        return input_.number<std::int8_t>();
      case ValueType::u16:
        return input_.number<std::uint16_t>();
      case ValueType::i16:
        return input_.number<std::int16_t>();
      case ValueType::u32:
        return input_.number<std::uint32_t>();
      case ValueType::i32:
        return input_.number<std::int32_t>();
      case ValueType::u64:
      case ValueType::i64:
        return input_.number<std::int64_t>();
      default:
        input_.fail(rules::kGgufSplit, at, fmt::format("{} is no integer", keys_.back().name));
    }
  }

  /// Programs run it; one that is honest has no use for names with underscores around them, however they are
  /// spelt.
  void look_into_template(std::uint64_t at) {
    const auto length = input_.number<std::uint64_t>();
    const std::string_view text = input_.begin_of(length);
    const auto* const found = std::ranges::find_if(
        kInside, [text](std::string_view name) { return text.find(name) != std::string_view::npos; });
    if (found != kInside.end())
      problems_.observe(rules::kTemplateCode, source_.path(), at,
                        fmt::format("{} holds \"{}\", by which templates reach the interpreter",
                                    in_quotes(keys_.back().name), *found));
  }

  void check_truth() {
    const std::uint64_t at = input_.position();
    const auto truth = input_.number<std::uint8_t>();
    if (truth > 1)
      problems_.warn(rules::kGgufTruth, source_.path(), at,
                     fmt::format("{} is {}; must be 0 or 1", in_quotes(keys_.back().name), truth));
  }

  void skip_value(ValueType type) {
    const std::uint64_t bytes = kValueBytes[static_cast<std::size_t>(type)];
    input_.skip(type == ValueType::text ? input_.number<std::uint64_t>() : bytes);
  }

  void skip_array() {
    const std::uint64_t at = input_.position();
    const ValueType type = read_type();
    if (type == ValueType::array) input_.fail(rules::kGgufValue, at, "an array of arrays");
    const auto count = input_.number<std::uint64_t>();
    const std::uint64_t bytes = kValueBytes[static_cast<std::size_t>(type)];
    input_.expect(count, bytes == 0 ? sizeof(std::uint64_t) : bytes, "values of an array");
    if (bytes > 0) return input_.skip(count * bytes);
    for (std::uint64_t i = 0; i < count; ++i)
      skip_value(type);
  }

  void check_unique() const {
    const NameIndex index(keys_.size(), [&](std::uint32_t i) -> std::string_view { return keys_[i].name; });
    const auto twice = index.least_repeated();
    if (!twice) return;
    const auto last =
        std::find_if(keys_.rbegin(), keys_.rend(), [&](const Key& key) { return key.name == *twice; });
    input_.fail(rules::kGgufDuplicate, last->at, fmt::format("the key {} stands twice", in_quotes(*twice)));
  }

  void check_part() const {
    const GgufPart& part = header_.part;
    if (part.number < std::max<std::uint64_t>(part.count, 1)) return;
    input_.fail(rules::kGgufSplit, part.at,
                fmt::format("is part {} of {}, counted from 0", part.number, part.count));
  }

  const Source& source_;
  GgufInput& input_;
  GgufHeader& header_;
  ProblemLog& problems_;
  std::deque<Key> keys_;
};

}  // namespace

void read_gguf_metadata(const Source& source, GgufInput& input, GgufHeader& header, ProblemLog& problems) {
  MetadataReader(source, input, header, problems).read();
}

}  // namespace weightsieve::format
