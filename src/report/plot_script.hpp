// A script for gnuplot, line by line. gnuplot's strings run shell commands, so no byte of an input may get
// here: lines are made of string literals and numbers, and of nothing else that could be put in. Names travel
// as data (plot_table.hpp). Not thread-safe.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>

#include "report/literal.hpp"

namespace weightsieve {

template <class T>
concept PlotArgument =
    std::floating_point<T> ||(std::integral<T> && sizeof(T) > 1) || std::same_as<T, Literal>;

class PlotScript {
 public:
  /// Numbers must be finite.
  template <PlotArgument... Arguments>
  PlotScript& line(fmt::format_string<Arguments...> text, Arguments... arguments) {
    text_ += fmt::vformat(text, fmt::make_format_args(arguments...));
    text_ += '\n';
    return *this;
  }

  /// The same without ending the line.
  template <PlotArgument... Arguments>
  PlotScript& part(fmt::format_string<Arguments...> text, Arguments... arguments) {
    text_ += fmt::vformat(text, fmt::make_format_args(arguments...));
    return *this;
  }

  PlotScript& append(const PlotScript& more) {
    text_ += more.text_;
    return *this;
  }

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace weightsieve
