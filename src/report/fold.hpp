// Names of the same pattern in one line: "encoder.layer.{0-23}.query.weight" for 24 of them. A pattern always
// stands for exactly the names of its group. Pure functions; time near-linear in the names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightsieve {

/// Groups of names, by their index.
class Folds {
 public:
  struct Group {
    std::string label;  ///< safe to print; empty: the name of the only member
    std::size_t begin;  ///< of its members
    std::size_t end;
  };

  const std::vector<Group>& groups() const noexcept { return groups_; }

  /// Ascending.
  std::span<const std::uint32_t> members(const Group& group) const noexcept {
    return std::span(members_).subspan(group.begin, group.end - group.begin);
  }

  void add(std::string label, std::span<const std::uint32_t> members);

  /// Puts the groups in the order of their first members.
  void sort();

 private:
  std::vector<Group> groups_;
  std::vector<std::uint32_t> members_;
};

struct NameToFold {
  std::string_view name;
  std::uint32_t kind = 0;  ///< only names of one kind are folded together
};

/// Groups names that differ only in whole numbers standing alone between dots or slashes.
Folds fold_names(const std::vector<NameToFold>& names);

/// Groups names that agree in their first `depth` parts, which dots or slashes end: "encoder.layer.*".
Folds group_names(const std::vector<std::string_view>& names, unsigned depth);

}  // namespace weightsieve
