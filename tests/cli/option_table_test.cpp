#include "cli/option_table.hpp"

#include <catch2/catch.hpp>

#include "cli/wrap.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::cli;

namespace {

using Words = std::vector<std::string>;

/// A table with one option of each kind, and what was set.
struct Example {
  OptionTable table;
  bool quiet = false;
  Words seen;

  Example() {
    const auto note = [this](const std::string& name) {
      return [this, name](const std::string& text) { seen.push_back(name + "=" + text); };
    };
    table.group("Example");
    table.flag("quiet,q", quiet, "say nothing");
    table.value("bins", "N", note("bins"), "how many");
    table.repeatable("outside", "LOW:HIGH", note("outside"), "an interval");
    table.repeatable("output,o", "FILE", note("output"), "where to");
  }

  std::string complaint(const Arguments& arguments) const {
    try {
      table.parse(arguments);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::usage);
      return error.what();
    }
    return "";
  }
};

}  // namespace

TEST_CASE("options and PATHs may come in any order, and both keep theirs") {
  Example example;
  const Words paths = example.table.parse(
      {"a", "--outside", "-0.1:0", "b", "-q", "c", "d", "-ox", "--outside=0:1", "-", "e"});
  CHECK(paths == Words{"a", "b", "c", "d", "-", "e"});
  CHECK(example.seen == Words{"outside=-0.1:0", "output=x", "outside=0:1"});
  CHECK(example.quiet);
}

TEST_CASE("after -- everything is a PATH") {
  Example example;
  CHECK(example.table.parse({"-q", "a", "--", "-q", "--bins", "--"}) == Words{"a", "-q", "--bins", "--"});
  CHECK(example.seen.empty());
}

TEST_CASE("- is a value where one is due") {
  Example example;
  CHECK(example.table.parse({"-o", "-", "a"}) == Words{"a"});
  CHECK(example.seen == Words{"output=-"});
}

TEST_CASE("what is wrong with an option is said with its name") {
  const Example example;
  CHECK(example.complaint({"--bogus", "a"}) == "unknown option '--bogus'");
  CHECK(example.complaint({"-z"}) == "unknown option '-z'");
  CHECK(example.complaint({"--bin", "3"}) == "unknown option '--bin'; did you mean '--bins'?");
  CHECK(example.complaint({"--bins"}) == "option '--bins' needs a value");
  CHECK(example.complaint({"--bins="}) == "option '--bins' needs a value");
  CHECK(example.complaint({"--quiet=1"}) == "option '--quiet' takes no value");
  CHECK(example.complaint({"--bins", "1", "--bins", "2"}) == "option '--bins' is given twice");
  CHECK(example.complaint({"-q", "-q"}).empty());
}

TEST_CASE("100,000 PATHs are no burden") {
  Example example;
  Arguments arguments(100'000, "model.safetensors");
  arguments.insert(arguments.begin() + 50'000, "-q");
  arguments.emplace_back("--bins=3");
  CHECK(example.table.parse(arguments).size() == 100'000);
  CHECK(example.quiet);
  CHECK(example.seen == Words{"bins=3"});
}

TEST_CASE("help stands in two columns of at most 80 characters") {
  const Example example;
  CHECK(example.table.help() ==
        "\nExample:\n"
        "  -q, --quiet               say nothing\n"
        "  --bins N                  how many\n"
        "  --outside LOW:HIGH        an interval\n"
        "  -o, --output FILE         where to\n");
  CHECK(two_columns("  --long", "one two three", 10, 18) == "  --long  one two\n          three\n");
  CHECK(two_columns("  --very-long-name", "one", 10, 18) == "  --very-long-name\n          one\n");
}
