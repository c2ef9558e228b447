#include "report/text_numbers.hpp"

#include <functional>
#include <utility>

namespace weightsieve {

std::uint32_t TextNumbers::operator()(std::string_view wanted) {
  if (2 * (ends_.size() + 1) > slots_.size()) grow();
  const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(wanted));
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].number != kEmpty; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && text(slots_[at].number) == wanted) return slots_[at].number;
  }
  slots_[at] = {hash, size()};
  texts_ += wanted;
  ends_.push_back(texts_.size());
  return slots_[at].number;
}

std::string_view TextNumbers::text(std::uint32_t number) const noexcept {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(texts_).substr(begin, ends_[number] - begin);
}

void TextNumbers::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.number == kEmpty) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].number != kEmpty)
      at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace weightsieve
