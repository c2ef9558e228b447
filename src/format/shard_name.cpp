#include "format/shard_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kDigits = 5;

/// Takes the digits that `text` begins with off its front.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits != kDigits) return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + digits, number);
  text.remove_prefix(digits);
  return number;
}

}  // namespace

std::optional<ShardName> parse_shard_name(std::string_view name) {
  constexpr std::string_view of_mark = "-of-";
  const std::size_t of = name.rfind(of_mark);
  if (of == std::string_view::npos) return std::nullopt;
  const std::size_t dash = name.substr(0, of).rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;

  std::string_view left = name.substr(dash + 1, of - dash - 1);
  std::string_view right = name.substr(of + of_mark.size());
  const auto number = take_number(left);
  const auto count = take_number(right);
  if (!number || !count || !left.empty() || !right.starts_with('.')) return std::nullopt;
  return ShardName{name.substr(0, dash), *number, *count, right};
}

std::string shard_file_name(const ShardName& of, std::uint32_t number) {
  return fmt::format("{}-{:05}-of-{:05}{}", of.prefix, number, of.count, of.suffix);
}

bool is_plain_file_name(std::string_view name) noexcept {
  if (name.empty() || name == "." || name == "..") return false;
  const bool has_drive = name.size() > 1 && name[1] == ':';
  return !has_drive && name.find_first_of("/\\\0"sv) == std::string_view::npos;
}

}  // namespace weightsieve::format
