// What the names of a sharded checkpoint's files say. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weightsieve::format {

/// "model-00002-of-00005.safetensors": prefix "model", number 2, count 5, suffix ".safetensors".
struct ShardName {
  std::string_view prefix;
  std::uint32_t number;
  std::uint32_t count;
  std::string_view suffix;
};

/// Nothing when the name is not of that kind. Numbers have five digits.
std::optional<ShardName> parse_shard_name(std::string_view name);

/// The name of the shard with this number in the same set.
std::string shard_file_name(const ShardName& of, std::uint32_t number);

/// Whether `name` is a plain file name: it leads nowhere but into the folder that it is resolved in, on any
/// system (no slash or backslash, no drive letter, no NUL, not "." or "..", not empty).
bool is_plain_file_name(std::string_view name) noexcept;

}  // namespace weightsieve::format
