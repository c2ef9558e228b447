#include "encode/encodings.hpp"

#include <algorithm>
#include <array>

namespace weightsieve {
namespace {

struct Row {
  Encoding encoding;
  std::string_view name;
  const ShardEncoding& (*shard_encoding)() noexcept;
};

constexpr std::array kRows{Row{Encoding::dense, "dense", encode::dense},
                           Row{Encoding::zst, "zst", encode::zst},
                           Row{Encoding::packed, "packed", encode::packed}};

const Row& row(Encoding encoding) noexcept { return kRows[static_cast<std::size_t>(encoding)]; }

}  // namespace

std::string_view to_string(Encoding encoding) noexcept { return row(encoding).name; }

std::optional<Encoding> encoding_from_name(std::string_view name) noexcept {
  const auto at = std::ranges::find(kRows, name, &Row::name);
  return at == kRows.end() ? std::nullopt : std::optional(at->encoding);
}

const ShardEncoding& shard_encoding(Encoding encoding) noexcept { return row(encoding).shard_encoding(); }

}  // namespace weightsieve
