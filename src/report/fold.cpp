#include "report/fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

using Members = std::vector<std::uint32_t>;

constexpr char kSlot = '\0';        ///< stands for a number in a pattern
constexpr std::size_t kSlots = 6;   ///< numbers beyond these stay as they are
constexpr std::size_t kPieces = 4;  ///< ranges of numbers that a label spells out

bool is_separator(char c) { return c == '.' || c == '/'; }

/// The number that `part` is, when writing it again gives the same text.
std::optional<std::uint32_t> plain_number(std::string_view part) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
  const bool whole = !part.empty() && error == std::errc{} && end == part.data() + part.size();
  const bool leading_zero = part.size() > 1 && part.front() == '0';
  if (!whole || leading_zero) return std::nullopt;
  return number;
}

/// A name taken apart: its text with a kSlot for each number, and the numbers. A name that holds a kSlot
/// itself has no numbers.
struct Pattern {
  std::string text;
  std::vector<std::uint32_t> numbers;

  void assign(std::string_view name) {
    text.clear();
    numbers.clear();
    if (name.find(kSlot) != std::string_view::npos) {
      text = name;
      return;
    }
    while (true) {
      const std::size_t length = std::min(name.size(), name.find_first_of("./"));
      append(name.substr(0, length));
      if (length == name.size()) return;
      text += name[length];
      name.remove_prefix(length + 1);
    }
  }

 private:
  void append(std::string_view part) {
    const auto number = numbers.size() < kSlots ? plain_number(part) : std::nullopt;
    if (!number) {
      text += part;
      return;
    }
    text += kSlot;
    numbers.push_back(*number);
  }
};

using Values = std::vector<std::uint32_t>;

/// The different numbers in each slot, ascending, over some members of a group.
std::vector<Values> slot_values(const std::vector<NameToFold>& names, const Members& members) {
  std::vector<Values> slots;
  Pattern pattern;
  for (const std::uint32_t member : members) {
    pattern.assign(names[member].name);
    slots.resize(pattern.numbers.size());
    for (std::size_t slot = 0; slot < slots.size(); ++slot)
      slots[slot].push_back(pattern.numbers[slot]);
  }
  for (Values& values : slots) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
  }
  return slots;
}

/// Runs of consecutive numbers: "0-23", "3,4", "7".
std::vector<std::string> runs(const Values& values) {
  std::vector<std::string> pieces;
  for (std::size_t first = 0; first < values.size();) {
    std::size_t last = first;
    while (last + 1 < values.size() && values[last + 1] == values[last] + 1)
      ++last;
    if (last == first) {
      pieces.push_back(fmt::format("{}", values[first]));
    } else {
      pieces.push_back(fmt::format("{}{}{}", values[first], last == first + 1 ? ',' : '-', values[last]));
    }
    first = last + 1;
  }
  return pieces;
}

/// "7" for one number, "{0-3,8}" for more; beyond kPieces runs the middle is left out.
std::string spelled(const Values& values) {
  if (values.size() == 1) return fmt::format("{}", values.front());
  std::vector<std::string> pieces = runs(values);
  if (pieces.size() > kPieces) {
    pieces[kPieces - 2] = "…";
    pieces[kPieces - 1] = pieces.back();
    pieces.resize(kPieces);
  }
  return fmt::format("{{{}}}", fmt::join(pieces, ","));
}

std::string label_of(std::string_view name, const std::vector<Values>& slots) {
  Pattern pattern;
  pattern.assign(name);
  std::string label;
  std::string_view rest = pattern.text;
  for (const Values& values : slots) {
    const std::size_t at = rest.find(kSlot);
    label += escape_control(rest.substr(0, at)) + spelled(values);
    rest.remove_prefix(at + 1);
  }
  return label + escape_control(rest);
}

/// The group's members by their number in `slot`, which takes more than one value.
std::vector<Members> split(const std::vector<NameToFold>& names, const Members& members, std::size_t slot) {
  std::unordered_map<std::uint32_t, std::size_t> part_of;
  std::vector<Members> parts;
  Pattern pattern;
  for (const std::uint32_t member : members) {
    pattern.assign(names[member].name);
    const auto [at, is_new] = part_of.emplace(pattern.numbers[slot], parts.size());
    if (is_new) parts.emplace_back();
    parts[at->second].push_back(member);
  }
  return parts;
}

/// Whether the members are all the combinations of their slots' values.
bool is_product(const std::vector<Values>& slots, std::size_t members) {
  std::size_t combinations = 1;
  for (const Values& values : slots) {
    if (combinations > members) return false;
    combinations *= values.size();
  }
  return combinations == members;
}

/// Emits the members as one group when their pattern stands for exactly them, else in parts that each have
/// one varying number less.
void emit(const std::vector<NameToFold>& names, Members members, std::vector<FoldedNames>& groups) {
  if (members.size() == 1) {
    groups.push_back({escape_control(names[members[0]].name), std::move(members)});
    return;
  }
  const std::vector<Values> slots = slot_values(names, members);
  const auto varying = std::ranges::find_if(slots, [](const Values& values) { return values.size() > 1; });
  if (varying == slots.end() || is_product(slots, members.size())) {
    groups.push_back({label_of(names[members[0]].name, slots), std::move(members)});
    return;
  }
  const auto slot = static_cast<std::size_t>(varying - slots.begin());
  for (Members& part : split(names, members, slot))
    emit(names, std::move(part), groups);
}

/// Indexes by key, keys in the order of their first appearance. `key_of(index, key)` fills the key.
template <class KeyOf>
std::vector<Members> collect(std::size_t count, KeyOf key_of) {
  std::unordered_map<std::string, std::size_t> group_of;
  std::vector<Members> groups;
  std::string key;
  for (std::uint32_t index = 0; index < count; ++index) {
    key_of(index, key);
    const auto [at, is_new] = group_of.try_emplace(key, groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(index);
  }
  return groups;
}

/// How many bytes of the name are its first `depth` parts.
std::size_t prefix_length(std::string_view name, unsigned depth) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (is_separator(name[at]) && --depth == 0) return at;
  }
  return name.size();
}

}  // namespace

std::vector<FoldedNames> fold_names(const std::vector<NameToFold>& names) {
  Pattern pattern;
  const auto key_of = [&](std::uint32_t index, std::string& key) {
    pattern.assign(names[index].name);
    key.assign(reinterpret_cast<const char*>(&names[index].kind), sizeof(names[index].kind));
    key += static_cast<char>(pattern.numbers.size());  // tells a slot from a NUL that the name itself holds
    key += pattern.text;
  };
  std::vector<FoldedNames> groups;
  for (Members& members : collect(names.size(), key_of))
    emit(names, std::move(members), groups);
  std::ranges::sort(groups, {}, [](const FoldedNames& group) { return group.members.front(); });
  return groups;
}

std::vector<FoldedNames> group_names(const std::vector<std::string_view>& names, unsigned depth) {
  const auto key_of = [&](std::uint32_t index, std::string& key) {
    key = names[index].substr(0, prefix_length(names[index], depth));
  };
  std::vector<FoldedNames> groups;
  for (Members& members : collect(names.size(), key_of)) {
    const std::size_t length = prefix_length(names[members.front()], depth);
    std::string label = escape_control(names[members.front()].substr(0, length));
    const auto longer =
        std::ranges::find_if(members, [&](std::uint32_t member) { return names[member].size() > length; });
    if (longer != members.end()) label += std::string(1, names[*longer][length]) + "*";
    groups.push_back({std::move(label), std::move(members)});
  }
  return groups;
}

}  // namespace weightsieve
