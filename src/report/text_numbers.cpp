#include "report/text_numbers.hpp"

#include <functional>

namespace weightsieve {

std::uint32_t TextNumbers::operator()(std::string_view text) {
  const std::uint32_t found = slots_[slot_of(text)];
  if (found != kEmpty) return found;
  if (2 * (ends_.size() + 1) > slots_.size()) grow();
  const std::uint32_t number = size();
  texts_ += text;
  ends_.push_back(texts_.size());
  slots_[slot_of(text)] = number;
  return number;
}

std::string_view TextNumbers::text(std::uint32_t number) const noexcept {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(texts_).substr(begin, ends_[number] - begin);
}

/// Where the text is, or the empty slot where it belongs.
std::size_t TextNumbers::slot_of(std::string_view wanted) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = std::hash<std::string_view>()(wanted) & mask;
  while (slots_[at] != kEmpty && text(slots_[at]) != wanted)
    at = (at + 1) & mask;
  return at;
}

void TextNumbers::grow() {
  slots_.assign(2 * slots_.size(), kEmpty);
  for (std::uint32_t number = 0; number < size(); ++number)
    slots_[slot_of(text(number))] = number;
}

}  // namespace weightsieve
