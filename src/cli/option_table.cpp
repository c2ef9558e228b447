#include "cli/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <set>

#include "cli/spelling.hpp"
#include "cli/wrap.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kHelpWidth = 80;

bool is_option(const std::string& token) { return token.size() > 1 && token[0] == '-'; }

std::string complaint(const po::error& error, const std::vector<std::string>& known) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    const std::string name = unknown->get_option_name();
    return fmt::format("unknown option '{}'{}", name, spelling_hint(name, known));
  }
  const auto* syntax = dynamic_cast<const po::invalid_command_line_syntax*>(&error);
  if (syntax == nullptr) return error.what();
  const bool extra = syntax->kind() == po::invalid_syntax::extra_parameter;
  return fmt::format("option '{}' {}", syntax->get_option_name(), extra ? "takes no value" : "needs a value");
}

}  // namespace

std::string OptionTable::Option::long_name() const { return names.substr(0, names.find(',')); }

/// One walk over a command line.
class OptionTable::Parser {
 public:
  explicit Parser(const OptionTable& table) : table_(table) {
    for (const Option& option : table.options_)
      description_.add_options()(option.names.c_str(), semantic(option), "");
  }

  // Boost moves all remaining tokens for each one it takes: nine seconds for 100,000 PATHs. So it sees only
  // runs of tokens that may have to do with an option; a token that is no option and does not follow one is
  // a PATH for certain.
  std::vector<std::string> parse(const Arguments& arguments) {
    const auto options_end = std::find(arguments.begin(), arguments.end(), "--");
    for (auto token = arguments.begin(); token != options_end;) {
      auto run_end = token;
      while (run_end != options_end && (is_option(*run_end) || (run_end != token && is_option(run_end[-1]))))
        ++run_end;
      if (run_end == token) {
        paths_.push_back(*token++);
        continue;
      }
      take_run({token, run_end});
      token = run_end;
    }
    if (options_end != arguments.end()) paths_.insert(paths_.end(), options_end + 1, arguments.end());
    return std::move(paths_);
  }

 private:
  static const po::value_semantic* semantic(const Option& option) {
    if (option.arity == Arity::none) return new po::untyped_value(true);
    return po::value<std::string>();
  }

  void take_run(const Arguments& run) {
    constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
      for (const po::option& parsed :
           po::command_line_parser(run).options(description_).style(style).run().options)
        take(parsed.string_key, parsed.value);
    } catch (const po::error& error) {
      throw Error(ErrorCode::usage, complaint(error, long_options()));
    }
  }

  std::vector<std::string> long_options() const {
    std::vector<std::string> names;
    for (const Option& option : table_.options_)
      names.push_back("--" + option.long_name());
    return names;
  }

  void take(const std::string& name, const std::vector<std::string>& values) {
    if (name.empty()) {
      paths_.insert(paths_.end(), values.begin(), values.end());
      return;
    }
    const Option& option = *std::find_if(table_.options_.begin(), table_.options_.end(),
                                         [&](const Option& known) { return known.long_name() == name; });
    if (option.arity == Arity::once && !seen_.insert(name).second)
      throw Error(ErrorCode::usage, fmt::format("option '--{}' is given twice", name));
    set(option, values.empty() ? std::string() : values.front());
  }

  static void set(const Option& option, const std::string& text) {
    try {
      option.set(text);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("--{}: {}", option.long_name(), error.message()));
    }
  }

  const OptionTable& table_;
  po::options_description description_;
  std::set<std::string> seen_;
  std::vector<std::string> paths_;
};

void OptionTable::group(std::string_view heading) { groups_.emplace_back(heading); }

void OptionTable::add(Option option) {
  option.group = groups_.size() - 1;
  options_.push_back(std::move(option));
}

void OptionTable::flag(std::string names, bool& target, std::string_view help) {
  add({std::move(names),
       {},
       [&target](const std::string&) { target = true; },
       std::string(help),
       Arity::none,
       0});
}

void OptionTable::value(std::string names, std::string_view placeholder, Set set, std::string_view help) {
  add({std::move(names), std::string(placeholder), std::move(set), std::string(help), Arity::once, 0});
}

void OptionTable::repeatable(std::string names, std::string_view placeholder, Set set,
                             std::string_view help) {
  add({std::move(names), std::string(placeholder), std::move(set), std::string(help), Arity::often, 0});
}

void OptionTable::hide(std::string_view name) {
  for (Option& option : options_)
    if (option.long_name() == name) option.hidden = true;
}

std::vector<std::string> OptionTable::parse(const Arguments& arguments) const {
  return Parser(*this).parse(arguments);
}

std::string OptionTable::help() const {
  std::string text;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    text += fmt::format("\n{}:\n", groups_[group]);
    for (const Option& option : options_) {
      if (option.group != group || option.hidden) continue;
      const std::size_t comma = option.names.find(',');
      std::string names = "--" + option.long_name();
      if (comma != std::string::npos) names = fmt::format("-{}, {}", option.names.substr(comma + 1), names);
      if (!option.placeholder.empty()) names += " " + option.placeholder;
      text += two_columns("  " + names, option.help, kHelpColumn, kHelpWidth);
    }
  }
  return text;
}

}  // namespace weightsieve::cli
