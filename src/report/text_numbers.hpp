// Numbers different texts 0, 1, 2, … as they come up: a hash table that keeps them in one piece of memory, so
// that a million cost no allocation each. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weightsieve {

class TextNumbers {
 public:
  TextNumbers() : slots_(kFirstSlots) {}

  /// The text's number; a new text gets the next one.
  std::uint32_t operator()(std::string_view text);

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(ends_.size()); }

 private:
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::uint32_t kEmpty = UINT32_MAX;

  /// With the hash beside the number, other texts are passed by without a look at them.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = kEmpty;
  };

  std::string_view text(std::uint32_t number) const noexcept;
  void grow();

  std::string texts_;              ///< one after the other
  std::vector<std::size_t> ends_;  ///< of each in texts_
  std::vector<Slot> slots_;        ///< open addressing; a power of two, at most half full
};

}  // namespace weightsieve
