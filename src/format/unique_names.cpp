#include "format/unique_names.hpp"

#include <fmt/format.h>

namespace weightsieve::format {

void UniqueNames::make_unique(std::string& name) {
  if (names_.insert(name).second) return;
  std::uint64_t& number = repeats_.try_emplace(name, 1).first->second;
  std::string other;
  do {
    other = fmt::format("{}#{}", name, ++number);
  } while (!names_.insert(other).second);
  problems_.warn(rules::kTorchName, path_, offset_bytes_,
                 fmt::format("{} is the name of two tensors; the second is called {}", in_quotes(name),
                             in_quotes(other)));
  name = other;
}

}  // namespace weightsieve::format
