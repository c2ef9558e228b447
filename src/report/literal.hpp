// Text that stands in the program itself, and so cannot come from an input: the type of what may be put into
// a command. A plain value.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace weightsieve {

class Literal {
 public:
  template <std::size_t N>
  consteval Literal(const char (&text)[N]) : text_(text, N - 1) {}

  constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

}  // namespace weightsieve

template <>
struct fmt::formatter<weightsieve::Literal> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const weightsieve::Literal& literal, Context& context) const {
    return fmt::formatter<std::string_view>::format(literal.text(), context);
  }
};
