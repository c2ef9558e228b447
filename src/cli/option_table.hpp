// The options of one verb: declared once, then parsed from the command line and printed by --help.
// The only user of Boost.Program_options.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.hpp"

namespace weightsieve::cli {

class OptionTable {
 public:
  using Set = std::function<void(const std::string& text)>;

  /// Options that follow belong under this heading of --help.
  void group(std::string_view heading);

  /// An option without value; giving it again changes nothing. `names` is "long" or "long,s".
  void flag(std::string names, bool& target, std::string_view help);

  /// An option with one value, given once. `set` gets its text and throws Error{usage} to refuse it.
  void value(std::string names, std::string_view placeholder, Set set, std::string_view help);

  /// The same, given as often as one likes; `set` is called each time, in the order of the command line.
  void repeatable(std::string names, std::string_view placeholder, Set set, std::string_view help);

  /// Leaves an option out of help(): it is taken like any other.
  void hide(std::string_view name);

  /// Calls what belongs to each option and returns the arguments that are none: the PATHs. Names are never
  /// guessed from abbreviations; after `--` everything is a PATH. Throws Error{usage} that names the option.
  /// Linear in the number of PATHs.
  std::vector<std::string> parse(const Arguments& arguments) const;

  /// Every group with its options, wrapped to 80 columns.
  std::string help() const;

 private:
  enum class Arity : char { none, once, often };
  struct Option {
    std::string names;
    std::string placeholder;
    Set set;
    std::string help;
    Arity arity;
    std::size_t group;
    bool hidden = false;

    std::string long_name() const;
  };
  class Parser;

  void add(Option option);

  std::vector<std::string> groups_;
  std::vector<Option> options_;
};

}  // namespace weightsieve::cli
