#include "report/fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <utility>

#include "report/text_numbers.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

using Members = std::span<const std::uint32_t>;

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
using Names = std::vector<NameToFold>;

/// The different numbers in each slot, ascending, over some names of one pattern.
std::vector<Values> slot_values(const Names& names, Members members) {
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

/// Whether the members are all the combinations of their slots' values.
bool is_product(const std::vector<Values>& slots, std::size_t members) {
  std::size_t combinations = 1;
  for (const Values& values : slots) {
    if (combinations > members) return false;
    combinations *= values.size();
  }
  return combinations == members;
}

void fold_members(const Names& names, Members members, Folds& folds);

/// Folds the members apart by their number in `slot`, which takes more than one value.
void fold_by_slot(const Names& names, Members members, std::size_t slot, Folds& folds) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> numbered;
  Pattern pattern;
  for (const std::uint32_t member : members) {
    pattern.assign(names[member].name);
    numbered.emplace_back(pattern.numbers[slot], member);
  }
  std::ranges::sort(numbered);
  std::vector<std::uint32_t> part;
  for (std::size_t i = 0; i < numbered.size(); ++i) {
    part.push_back(numbered[i].second);
    if (i + 1 < numbered.size() && numbered[i + 1].first == numbered[i].first) continue;
    fold_members(names, part, folds);
    part.clear();
  }
}

/// Adds the members as one group when their pattern stands for exactly them, else in parts that each have one
/// varying number less.
void fold_members(const Names& names, Members members, Folds& folds) {
  if (members.size() == 1) return folds.add("", members);
  const std::vector<Values> slots = slot_values(names, members);
  const auto varying = std::ranges::find_if(slots, [](const Values& values) { return values.size() > 1; });
  if (varying == slots.end() || is_product(slots, members.size()))
    return folds.add(label_of(names[members[0]].name, slots), members);
  fold_by_slot(names, members, static_cast<std::size_t>(varying - slots.begin()), folds);
}

/// Calls `visit(members)` for the indexes of each key, keys as numbered and indexes ascending.
template <class Visit>
void for_each_key(const std::vector<std::uint32_t>& keys, std::uint32_t count, Visit visit) {
  std::vector<std::size_t> begins(count + 1, 0);
  for (const std::uint32_t key : keys)
    ++begins[key + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
  std::vector<std::uint32_t> sorted(keys.size());
  for (std::uint32_t index = 0; index < keys.size(); ++index)
    sorted[next[keys[index]]++] = index;
  for (std::uint32_t key = 0; key < count; ++key)
    visit(Members(sorted).subspan(begins[key], begins[key + 1] - begins[key]));
}

/// How many bytes of the name are its first `depth` parts.
std::size_t prefix_length(std::string_view name, unsigned depth) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (is_separator(name[at]) && --depth == 0) return at;
  }
  return name.size();
}

}  // namespace

void Folds::add(std::string label, std::span<const std::uint32_t> members) {
  const std::size_t begin = members_.size();
  members_.insert(members_.end(), members.begin(), members.end());
  groups_.push_back({std::move(label), begin, members_.size()});
}

void Folds::sort() {
  const auto first_member = [this](const Group& group) { return members_[group.begin]; };
  if (!std::ranges::is_sorted(groups_, {}, first_member)) std::ranges::sort(groups_, {}, first_member);
}

Folds fold_names(const Names& names) {
  TextNumbers numbers;
  std::vector<std::uint32_t> keys;
  keys.reserve(names.size());
  Pattern pattern;
  std::string key;
  for (const NameToFold& one : names) {
    pattern.assign(one.name);
    key.assign(reinterpret_cast<const char*>(&one.kind), sizeof(one.kind));
    key += static_cast<char>(pattern.numbers.size());  // tells a slot from a NUL that the name itself holds
    key += pattern.text;
    keys.push_back(numbers(key));
  }
  Folds folds;
  for_each_key(keys, numbers.size(), [&](Members members) { fold_members(names, members, folds); });
  folds.sort();
  return folds;
}

Folds group_names(const std::vector<std::string_view>& names, unsigned depth) {
  TextNumbers numbers;
  std::vector<std::uint32_t> keys;
  keys.reserve(names.size());
  for (const std::string_view name : names)
    keys.push_back(numbers(name.substr(0, prefix_length(name, depth))));
  Folds folds;
  for_each_key(keys, numbers.size(), [&](Members members) {
    const std::size_t length = prefix_length(names[members.front()], depth);
    std::string label = escape_control(names[members.front()].substr(0, length));
    const auto longer =
        std::ranges::find_if(members, [&](std::uint32_t member) { return names[member].size() > length; });
    if (longer != members.end()) label += std::string(1, names[*longer][length]) + "*";
    folds.add(std::move(label), members);
  });
  return folds;
}

}  // namespace weightsieve
