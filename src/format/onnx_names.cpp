#include "format/onnx_names.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

#include "format/name_index.hpp"

namespace weightsieve::format {
namespace {

constexpr const char* kUnnamed = "unnamed";

}  // namespace

std::string OnnxNames::next(const FoundOnnxTensor& found, const std::string& own_name, bool is_skipped) {
  const std::size_t position = is_skipped ? checkpoint_.skipped.size() : checkpoint_.tensors.size();
  all_.push_back({found.message.begin, static_cast<std::uint32_t>(position), found.graph, is_skipped});
  const std::string& name = found.name.empty() ? own_name : found.name;
  if (!name.empty()) return name;
  problems_.warn(rules::kOnnxName, path_, found.message.begin,
                 fmt::format("a tensor has no name; it is called {}", in_quotes(kUnnamed)));
  return kUnnamed;
}

void OnnxNames::make_unique() {
  const NameIndex index(all_.size(), [this](std::uint32_t i) -> std::string_view { return name(all_[i]); });
  if (!index.least_repeated()) return;
  std::unordered_map<std::string, std::uint32_t> graphs;  // in which a name was met first
  std::unordered_map<std::string, std::uint64_t> repeats;
  for (const Named& named : all_) {
    const std::string wanted = name(named);
    const auto [known, is_new] = graphs.try_emplace(wanted, named.graph);
    if (is_new) continue;
    const bool is_allowed = known->second != named.graph || wanted == kUnnamed;
    std::uint64_t& number = repeats.try_emplace(wanted, 1).first->second;
    do {
      name(named) = fmt::format("{}#{}", wanted, ++number);
    } while (!graphs.try_emplace(name(named), named.graph).second);
    if (!is_allowed)
      problems_.warn(rules::kOnnxName, path_, named.at,
                     fmt::format("{} is the name of two tensors of a graph; the second is called {}",
                                 in_quotes(wanted), in_quotes(name(named))));
  }
}

std::string& OnnxNames::name(const Named& named) {
  return named.is_skipped ? checkpoint_.skipped[named.position].name
                          : checkpoint_.tensors[named.position].name;
}

}  // namespace weightsieve::format
