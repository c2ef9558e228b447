// Finds names, and names that occur twice, among a million of them: 16 bytes a name and one sort, no copies.
// Immutable once built.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace weightsieve::format {

/// Over names that somebody else keeps: `NameOf` gives the name at a position.
template <class NameOf>
class NameIndex {
 public:
  /// Fewer than 2^32 names. O(count log count), whatever the names: those whose hashes are equal are ordered
  /// by name.
  NameIndex(std::size_t count, NameOf name_of) : name_of_(name_of) {
    slots_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i)
      slots_.push_back({hash(name_of_(i)), i});
    std::sort(slots_.begin(), slots_.end(), [this](const Slot& a, const Slot& b) {
      if (a.hash != b.hash) return a.hash < b.hash;
      const int order = name_of_(a.position).compare(name_of_(b.position));
      return order != 0 ? order < 0 : a.position < b.position;
    });
  }

  /// The first position of `name`.
  std::optional<std::uint32_t> find(std::string_view name) const {
    const std::uint64_t wanted = hash(name);
    const auto at =
        std::lower_bound(slots_.begin(), slots_.end(), wanted, [&](const Slot& slot, std::uint64_t h) {
          return slot.hash != h ? slot.hash < h : name_of_(slot.position) < name;
        });
    if (at == slots_.end() || at->hash != wanted || name_of_(at->position) != name) return std::nullopt;
    return at->position;
  }

  /// The least of the names that occur more than once.
  std::optional<std::string_view> least_repeated() const {
    std::optional<std::string_view> least;
    for (std::size_t i = 1; i < slots_.size(); ++i) {
      if (slots_[i - 1].hash != slots_[i].hash) continue;
      const std::string_view name = name_of_(slots_[i].position);
      if (name == name_of_(slots_[i - 1].position) && (!least || name < *least)) least = name;
    }
    return least;
  }

 private:
  struct Slot {
    std::uint64_t hash;
    std::uint32_t position;
  };

  static std::uint64_t hash(std::string_view name) { return std::hash<std::string_view>{}(name); }

  NameOf name_of_;
  std::vector<Slot> slots_;
};

}  // namespace weightsieve::format
