#include "report/fold.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace weightsieve;

namespace {

using Labels = std::vector<std::string>;

/// "label ×members" of every group; names of their own as they are.
Labels shown(const Folds& folds, const std::vector<std::string>& names) {
  Labels labels;
  for (const Folds::Group& group : folds.groups()) {
    const auto members = folds.members(group);
    const std::string label = group.label.empty() ? names[members.front()] : group.label;
    labels.push_back(members.size() == 1 ? label : label + " ×" + std::to_string(members.size()));
  }
  return labels;
}

Labels folded(const std::vector<std::string>& names, const std::vector<std::uint32_t>& kinds = {}) {
  std::vector<NameToFold> items;
  for (std::size_t i = 0; i < names.size(); ++i)
    items.push_back({names[i], kinds.empty() ? 0 : kinds[i]});
  return shown(fold_names(items), names);
}

Labels grouped_by(unsigned depth, const std::vector<std::string>& names) {
  return shown(group_names({names.begin(), names.end()}, depth), names);
}

}  // namespace

TEST_CASE("names that differ in numbers fold, in the order of the first") {
  CHECK(folded({"wte", "h.0.w", "h.0.b", "h.1.w", "h.1.b", "h.2.w", "ln"}) ==
        Labels{"wte", "h.{0-2}.w ×3", "h.{0,1}.b ×2", "ln"});
  CHECK(folded({"blk/3/w", "blk/4/w", "blk/9/w"}) == Labels{"blk/{3,4,9}/w ×3"});
  CHECK(folded({"0", "1"}) == Labels{"{0,1} ×2"});
}

TEST_CASE("numbers in words and numbers with leading zeros stay") {
  CHECK(folded({"h.ln_1.w", "h.ln_2.w"}) == Labels{"h.ln_1.w", "h.ln_2.w"});
  CHECK(folded({"bn1.w", "bn2.w"}) == Labels{"bn1.w", "bn2.w"});
  CHECK(folded({"a.01.w", "a.1.w", "a.2.w"}) == Labels{"a.01.w", "a.{1,2}.w ×2"});
  CHECK(folded({"a.99999999999.w", "a.1.w"}) == Labels{"a.99999999999.w", "a.1.w"});
}

TEST_CASE("only names of one kind fold") {
  CHECK(folded({"a.0", "a.1", "a.2"}, {1, 2, 1}) == Labels{"a.{0,2} ×2", "a.1"});
}

TEST_CASE("a pattern of several numbers stands for every combination or is split") {
  CHECK(folded({"e.0.x.0", "e.0.x.1", "e.1.x.0", "e.1.x.1"}) == Labels{"e.{0,1}.x.{0,1} ×4"});
  CHECK(folded({"e.0.x.0", "e.0.x.1", "e.1.x.0"}) == Labels{"e.0.x.{0,1} ×2", "e.1.x.0"});
  CHECK(folded({"e.1.x.7", "e.0.x.0", "e.1.x.8"}) == Labels{"e.1.x.{7,8} ×2", "e.0.x.0"});
}

TEST_CASE("long lists of numbers are cut in the middle") {
  CHECK(folded({"a.0", "a.2", "a.4", "a.6", "a.8"}) == Labels{"a.{0,2,…,8} ×5"});
}

TEST_CASE("every name is in one group, whatever the names hold") {
  const std::vector<std::string> names{
      "",          ".",   "..",   "0",      "a.0", std::string("a.\0", 3), "a.1.\n",
      "a.{0-2}.w", "a.2", "\xFF", "a.-1.b", "a.0", "1.2.3.4.5.6.7.8",      "1.2.3.4.5.6.7.9"};
  std::vector<NameToFold> items;
  items.reserve(names.size());
  for (const std::string& name : names)
    items.push_back({name, 0});
  const Folds folds = fold_names(items);
  std::multiset<std::uint32_t> seen;
  for (const Folds::Group& group : folds.groups()) {
    const auto members = folds.members(group);
    seen.insert(members.begin(), members.end());
    CHECK(group.label.find('\0') == std::string::npos);
  }
  CHECK(seen.size() == names.size());
  CHECK(std::set<std::uint32_t>(seen.begin(), seen.end()).size() == names.size());
}

TEST_CASE("names are grouped by their leading parts") {
  const std::vector<std::string> names{"a.b.c", "a.b.d", "a.x", "a", "b/c/d"};
  CHECK(grouped_by(1, names) == Labels{"a.* ×4", "b/*"});
  CHECK(grouped_by(2, names) == Labels{"a.b.* ×2", "a.x", "a", "b/c/*"});
  CHECK(grouped_by(9, names) == Labels{"a.b.c", "a.b.d", "a.x", "a", "b/c/d"});
}
