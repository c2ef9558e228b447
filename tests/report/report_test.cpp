#include "weightsieve/report/report.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <clocale>
#include <locale>

#include "report/expected_text.hpp"
#include "report/terminal.hpp"
#include "report/tiny_model.hpp"
#include "weightsieve/profile/profile_json.hpp"

using namespace weightsieve;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// The first words of the rows between the heading that begins with `heading` and the next empty line.
std::vector<std::string> first_words(const std::string& text, const std::string& heading) {
  std::vector<std::string> words;
  bool within = false;
  for (const std::string& line : lines_of(text)) {
    if (within && line.empty()) break;
    if (within) words.push_back(line.substr(2, line.find(' ', 2) - 2));
    within = within || line.rfind(heading, 0) == 0;
  }
  if (!words.empty()) words.erase(words.begin());
  return words;
}

struct DecimalComma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("inspect reads well in every format") {
  const CheckpointProfile inventory = TinyModel().inventory();
  check_expected("inspect.txt", reported(inventory, Format::text));
  check_expected("inspect.md", reported(inventory, Format::markdown, {.rank_page = "README.md"}));
  check_expected("inspect.csv", reported(inventory, Format::csv, {.top = 5}));
}

TEST_CASE("profile reads well in every format and width") {
  const CheckpointProfile profile = TinyModel().profile();
  check_expected("profile.txt", reported(profile, Format::text));
  check_expected("profile-80.txt", reported(profile, Format::text, {.width = 80}));
  check_expected("profile-color.txt", reported(profile, Format::text, {.width = 60, .color = true}));
  check_expected("profile.md", reported(profile, Format::markdown, {.name = "a tiny model", .top = 4}));
  check_expected("profile.csv", reported(profile, Format::csv, {.sort = "std", .top = 3}));
}

TEST_CASE("JSON is the profile file whatever the options") {
  const CheckpointProfile profile = TinyModel().profile();
  std::string file;
  write_profile_json(profile, [&file](std::string_view piece) { file += piece; });
  CHECK(reported(profile, Format::json, {.name = "other", .all = true, .sort = "std", .top = 1}) == file);
}

TEST_CASE("text never leaves the terminal's width") {
  const CheckpointProfile profile = TinyModel().profile();
  for (const unsigned width : {200u, 120u, 80u, 60u, 40u, 30u}) {
    for (const bool all : {false, true}) {
      std::string text = reported(profile, Format::text, {.all = all, .width = width});
      text.resize(text.find("\nTied tensors"));
      if (width < 60) text.erase(0, text.find("\n52 layers"));  // the tables fit even there
      for (const std::string& line : lines_of(text)) {
        INFO(line);
        const bool is_heading = line.rfind("  ", 0) != 0;
        if (!is_heading) CHECK(display_width(line) <= width);
      }
    }
  }
}

TEST_CASE("a wider terminal shows no less") {
  const CheckpointProfile profile = TinyModel().profile();
  std::size_t least = 0;
  for (const unsigned width : {40u, 60u, 80u, 100u, 120u, 160u, 200u}) {
    const std::size_t size = reported(profile, Format::text, {.width = width}).size();
    CHECK(size >= least);
    least = size;
  }
}

TEST_CASE("rows are sorted by any column, in either direction, and cut") {
  const CheckpointProfile profile = TinyModel().profile();
  const auto names = [&profile](const std::string& sort, std::optional<std::uint64_t> top) {
    ReportOptions options;
    options.sort = sort;
    options.top = top;
    return first_words(reported(profile, Format::text, options), top ? "3 of 52" : "52 layers");
  };
  using Names = std::vector<std::string>;
  CHECK(names("std", 3) == Names{"conv.weight", "wte.weight", "h.11.attn.c_attn.weight"});
  CHECK(names("name", 3) == Names{"conv.weight", "h.0.attn.c_attn.bias", "h.0.attn.c_attn.weight"});
  CHECK(names("elements", 3) == Names{"wte.weight", "h.0.mlp.c_fc.weight", "h.1.mlp.c_fc.weight"});
  CHECK(names("", 3) == names("elements", 3));
  CHECK(names("non_finite", 3).front() == "wte.weight");
  CHECK(names("elements:asc", 3).front() == "scale");
  Names ascending = names("bytes:asc", std::nullopt), descending = names("bytes", std::nullopt);
  CHECK(ascending.size() == 52);
  CHECK(ascending.front() == "scale");
  CHECK(descending.front() == "wte.weight");
  for (const std::string_view column : sort_columns())
    CHECK(names(std::string(column), 3).size() == 3);
}

TEST_CASE("--group-by gives one row to each beginning of names") {
  const std::string text = reported(TinyModel().profile(), Format::text, {.group_by = 1});
  CHECK(first_words(text, "52 layers by 1 part") ==
        std::vector<std::string>{"wte.*", "h.*", "ln_f.*", "scale", "conv.*"});
}

TEST_CASE("options that no report can follow are refused with what there is") {
  const CheckpointProfile inventory = TinyModel().inventory();
  CHECK_THROWS_WITH(check_options({.sort = "size"}), Catch::Contains("elements, bytes"));
  CHECK_THROWS_WITH(check_options({.sort = "std:up"}), Catch::Contains("\"desc\""));
  CHECK_THROWS_AS(check_options({.group_by = 0}), Error);
  CHECK_THROWS_WITH(reported(inventory, Format::text, {.sort = "std"}), Catch::Contains("needs a profile"));
  CHECK_THROWS_WITH(reported(inventory, Format::text, {.view = View::sparsity}),
                    Catch::Contains("needs a profile"));
  CHECK_NOTHROW(check_options({.sort = "outside:asc", .group_by = 2}));
}

TEST_CASE("formats are known by name and by the ending of a file") {
  CHECK(format_from_name("markdown") == Format::markdown);
  CHECK(format_from_name("Markdown") == std::nullopt);
  CHECK(format_from_path("a.b/model.profile.json") == Format::json);
  CHECK(format_from_path("x.md") == Format::markdown);
  CHECK(format_from_path("x.csv") == Format::csv);
  CHECK(format_from_path("x.txt") == Format::text);
  CHECK(format_from_path("x.md.gz") == std::nullopt);
}

TEST_CASE("an empty checkpoint and a tensor without elements have reports too") {
  CheckpointProfile empty;
  empty.name = "empty";
  empty.format = "safetensors";
  empty.files = {{"empty.safetensors", 10}};
  for (const Format format : {Format::text, Format::markdown, Format::json, Format::csv})
    CHECK_FALSE(reported(empty, format).empty());
  empty.tensors = tensor_list(listed("a", {0, 4}));
  empty.totals = count_totals(empty.tensors, {});
  CHECK_THAT(reported(empty, Format::markdown),
             Catch::Contains("| 100.00 | ") && Catch::Contains("| - | ") && Catch::Contains("| (0, 4) |"));
}

TEST_CASE("reports are the same bytes in a locale with decimal commas") {
  const CheckpointProfile profile = TinyModel().profile();
  const auto all = [&profile] {
    std::string text;
    for (const Format format : {Format::text, Format::markdown, Format::json, Format::csv})
      text += reported(profile, format) + reported(profile, format, {.view = View::sparsity});
    return text;
  };
  const std::string before = all();
  const std::locale old = std::locale::global(std::locale(std::locale::classic(), new DecimalComma));
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  const std::string after = all();
  std::setlocale(LC_ALL, "C");
  std::locale::global(old);
  CHECK(after == before);
}
