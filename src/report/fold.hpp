// Names of the same pattern in one line: "encoder.layer.{0-23}.query.weight" for 24 of them. A pattern always
// stands for exactly the names of its group. Pure functions; time near-linear in the names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weightsieve {

struct NameToFold {
  std::string_view name;
  std::uint32_t kind = 0;  ///< only names of one kind are folded together
};

/// Numbers different texts in the order in which they come up, so that they can be kinds.
class Kinds {
 public:
  std::uint32_t number(const std::string& text) {
    return numbers_.try_emplace(text, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

struct FoldedNames {
  std::string label;                   ///< safe to print
  std::vector<std::uint32_t> members;  ///< indexes into the names, ascending
};

/// Groups names that differ only in whole numbers standing alone between dots or slashes. Groups come in the
/// order of their first member.
std::vector<FoldedNames> fold_names(const std::vector<NameToFold>& names);

/// Groups names that agree in their first `depth` parts, which dots or slashes end: "encoder.layer.*".
std::vector<FoldedNames> group_names(const std::vector<std::string_view>& names, unsigned depth);

}  // namespace weightsieve
