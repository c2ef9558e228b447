#include "format/safetensors_entry.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "format/name_index.hpp"

namespace weightsieve::format {
namespace {

constexpr std::size_t kMaxRank = 64;

/// The number that `text` spells as JSON does: digits only, no needless zero in front, less than 2^64.
std::optional<std::uint64_t> parse_integer(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

TensorInfo EntryReader::read(std::string_view name, JsonValue value, std::uint64_t at) {
  name_ = name;
  Fields fields;
  json_->members(value, rules::kEntry, [&](std::string_view key, JsonValue field, std::uint64_t field_at) {
    read_field(fields, key, field, field_at);
  });
  if (!fields.dtype || !fields.shape || !fields.offsets) {
    const std::string_view missing = !fields.dtype ? "dtype" : !fields.shape ? "shape" : "data_offsets";
    json_->fail(rules::kEntry, at, fmt::format("{} is missing", missing), name);
  }
  TensorInfo tensor;
  tensor.name = name;
  tensor.shape = std::move(*fields.shape);
  tensor.offset_bytes = fields.offsets->first;
  tensor.bytes = fields.offsets->second - fields.offsets->first;
  tensor.dtype = *fields.dtype;
  tensor.role = role_of(name, tensor.dtype);
  return tensor;
}

void EntryReader::read_field(Fields& fields, std::string_view key, JsonValue value, std::uint64_t at) {
  const bool again = (key == "dtype" && fields.dtype) || (key == "shape" && fields.shape) ||
                     (key == "data_offsets" && fields.offsets);
  if (again) json_->fail(rules::kDuplicate, at, fmt::format("{} is given twice", key), name_);
  if (key == "dtype") {
    fields.dtype = read_dtype(value);
  } else if (key == "shape") {
    fields.shape = read_shape(value);
  } else if (key == "data_offsets") {
    fields.offsets = read_offsets(value);
  } else {
    json_->check(value);
    problems_->warn(rules::kUnknownKey, *path_, at,
                    fmt::format("tensor {} has the unknown key {}; dtype, shape and data_offsets are known",
                                in_quotes(name_), in_quotes(key)));
  }
}

Dtype EntryReader::read_dtype(JsonValue value) {
  const std::uint64_t at = json_->here();
  const std::string_view text = json_->string(value, rules::kDtype);
  const auto dtype = dtype_from_name(text);
  if (!dtype) {
    json_->fail(
        rules::kDtype, at,
        fmt::format("{} is no dtype; the format has BOOL, U8 to U64, I8 to I64, F4 to F64, BF16 and C64",
                    in_quotes(text)),
        name_);
  }
  return *dtype;
}

Shape EntryReader::read_shape(JsonValue value) {
  scratch_.clear();
  json_->elements(value, rules::kShape, [&](JsonValue dimension, std::uint64_t at) {
    if (scratch_.size() == kMaxRank) {
      json_->fail(rules::kShape, at, fmt::format("more than {} dimensions", kMaxRank), name_);
    }
    scratch_.push_back(read_integer(dimension, rules::kShape, at));
  });
  return {scratch_.begin(), scratch_.end()};
}

std::pair<std::uint64_t, std::uint64_t> EntryReader::read_offsets(JsonValue value) {
  const std::uint64_t at = json_->here();
  std::array<std::uint64_t, 2> pair{};
  std::size_t count = 0;
  json_->elements(value, rules::kOffsets, [&](JsonValue offset, std::uint64_t offset_at) {
    if (count == pair.size()) json_->fail(rules::kOffsets, offset_at, "more than two offsets", name_);
    pair[count++] = read_integer(offset, rules::kOffsets, offset_at);
  });
  if (count != pair.size()) json_->fail(rules::kOffsets, at, "fewer than two offsets", name_);
  if (pair[0] > pair[1]) {
    json_->fail(rules::kOffsets, at, fmt::format("begins at {}, after its end {}", pair[0], pair[1]), name_);
  }
  return {pair[0], pair[1]};
}

std::uint64_t EntryReader::read_integer(JsonValue value, const Rule& rule, std::uint64_t at) {
  const std::string_view text = JsonText::token(value);
  const auto integer = parse_integer(text);
  if (!integer) {
    json_->fail(rule, at, fmt::format("found {}; must be an integer from 0 to 2^64 - 1", in_quotes(text)),
                name_);
  }
  return *integer;
}

void EntryReader::check_metadata(JsonValue value, std::uint64_t at) {
  std::vector<std::string_view> keys;
  json_->members(value, rules::kMetadata, [&](std::string_view key, JsonValue text, std::uint64_t) {
    keys.push_back(key);
    json_->string(text, rules::kMetadata);
  });
  const NameIndex index(keys.size(), [&](std::uint32_t i) { return keys[i]; });
  if (const auto twice = index.least_repeated()) {
    json_->fail(rules::kDuplicate, at, fmt::format("__metadata__ has the key {} twice", in_quotes(*twice)));
  }
}

}  // namespace weightsieve::format
