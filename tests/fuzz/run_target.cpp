#include <algorithm>
#include <stdexcept>

#include "fuzz/memory_source.hpp"
#include "fuzz/target.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::test {

void require(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

void run_target(const FuzzTarget& target, Bytes input) {
  try {
    target.read(input);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::malformed, "bad bytes must be malformed");
    require(!error.place().rule.empty(), "a refusal must name its rule");
    require(!error.message().empty(), "a refusal must say why");
  }
}

std::shared_ptr<const Source> source_of(Bytes input) {
  return std::make_shared<MemorySource>(std::vector<std::byte>(input.begin(), input.end()));
}

void read_some(const Source& source) {
  constexpr std::uint64_t most = std::uint64_t{64} << 10;
  constexpr std::uint64_t piece = 5000;
  const auto cursor = source.cursor();
  const auto read = [&](std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t at = begin; at < end; at += piece)
      cursor->view(at, static_cast<std::size_t>(std::min(piece, end - at)));
  };
  read(0, std::min(most, source.size()));
  read(std::max(most, source.size() - std::min(most, source.size())), source.size());
}

}  // namespace weightsieve::test
