#include "format/shard_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "format/shard_name.hpp"

namespace weightsieve::format {
namespace {

constexpr JsonRules kIndexRules{rules::kIndexUtf8, rules::kIndexJson, rules::kIndexDepth};

std::size_t index_length(const Source& source) {
  if (source.size() > kMaxIndexBytes) {
    reject(rules::kIndexTooLarge, source.path(), kMaxIndexBytes,
           fmt::format("the index has {} bytes; at most {} are allowed", source.size(), kMaxIndexBytes));
  }
  return static_cast<std::size_t>(source.size());
}

/// Whether a JSON number, as an integer or in the floating point of older writers, is `bytes`.
bool spells(const std::string& text, std::uint64_t bytes) {
  const char* const end = text.data() + text.size();
  std::uint64_t integer = 0;
  const auto as_integer = std::from_chars(text.data(), end, integer);
  if (as_integer.ec == std::errc() && as_integer.ptr == end) return integer == bytes;
  double real = 0;
  const auto as_real = std::from_chars(text.data(), end, real);
  return as_real.ec == std::errc() && as_real.ptr == end && real == static_cast<double>(bytes);
}

}  // namespace

ShardIndex::ShardIndex(const Source& source) : json_(source, 0, index_length(source), kIndexRules) {
  json_.walk([&](std::string_view key, JsonValue value, std::uint64_t at) { read_member(key, value, at); });
  if (!has_map_) json_.fail(rules::kIndexMap, 0, "has no weight_map; is no index of a sharded checkpoint");
  check_unique();
}

void ShardIndex::read_member(std::string_view key, JsonValue value, std::uint64_t at) {
  if (key == "weight_map") {
    if (has_map_) json_.fail(rules::kIndexDuplicate, at, "weight_map is given twice");
    read_map(value, at);
  } else if (key == "metadata" && JsonText::token(value) == "{") {
    read_metadata(value);
  } else {
    json_.check(value);
  }
}

void ShardIndex::read_map(JsonValue value, std::uint64_t at) {
  has_map_ = true;
  map_at_ = at;
  json_.members(value, rules::kIndexMap, [&](std::string_view name, JsonValue file, std::uint64_t name_at) {
    const std::string_view file_name = json_.string(file, rules::kIndexMap);
    const bool is_new = tensors_.empty() || tensors_.back().file != file_name;
    if (is_new) check_file_name(file_name, name_at);
    tensors_.push_back({name, file_name, name_at});
  });
}

void ShardIndex::read_metadata(JsonValue value) {
  json_.members(value, rules::kIndexJson, [&](std::string_view key, JsonValue item, std::uint64_t at) {
    if (key == "total_size") {
      total_size_ = JsonText::token(item);
      total_size_at_ = at;
    }
    json_.check(item);
  });
}

void ShardIndex::check_file_name(std::string_view name, std::uint64_t at) {
  if (!is_plain_file_name(name)) {
    json_.fail(rules::kIndexPath, at,
               fmt::format("names the file {}; must be a plain file name beside the index", in_quotes(name)));
  }
  if (name.ends_with(".json")) {
    json_.fail(rules::kIndexPath, at, fmt::format("names {}, an index, as a shard", in_quotes(name)));
  }
}

void ShardIndex::check_unique() {
  by_name_.emplace(tensors_.size(), NameOf{&tensors_});
  const auto twice = by_name_->least_repeated();
  if (!twice) return;
  const auto named = [&](const MappedTensor& tensor) { return tensor.name == *twice; };
  const auto first = std::ranges::find_if(tensors_, named);
  const auto second = std::find_if(first + 1, tensors_.end(), named);
  json_.fail(rules::kIndexDuplicate, second->at,
             fmt::format("stands in weight_map twice, for {} and {}", in_quotes(first->file),
                         in_quotes(second->file)),
             *twice);
}

std::optional<std::uint32_t> ShardIndex::find(std::string_view name) {
  const bool is_next = next_ < tensors_.size() && tensors_[next_].name == name;
  const auto found = is_next ? next_ : by_name_->find(name);
  if (found) next_ = *found + 1;
  return found;
}

void ShardIndex::check_total_size(std::optional<std::uint64_t> bytes, const std::string& path,
                                  ProblemLog& problems) const {
  if (total_size_.empty() || (bytes && spells(total_size_, *bytes))) return;
  problems.warn(rules::kIndexTotalSize, path, total_size_at_,
                fmt::format("metadata.total_size is {}; the tensors have {} bytes", in_quotes(total_size_),
                            bytes ? fmt::to_string(*bytes) : "more than 2^64"));
}

}  // namespace weightsieve::format
