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
    for (const ReportOptions& options :
         {ReportOptions{}, ReportOptions{.all = true}, ReportOptions{.sort = "l2"},
          ReportOptions{.view = View::sparsity}}) {
      ReportOptions fitted = options;
      fitted.width = width;
      std::string text = reported(profile, Format::text, fitted);
      text.resize(std::min(text.find("\nFindings\n"), text.size()));
      if (width < 60 && options.view == View::summary)
        text.erase(0, text.find("\n52 layers"));  // the tables fit even there
      for (const std::string& line : lines_of(text)) {
        INFO(line);
        const bool in_table = line.starts_with("  ") || (width >= 40 && line.starts_with('|'));
        if (in_table) CHECK(display_width(line) <= width);
      }
    }
  }
}

TEST_CASE("columns without room are named, the fewer the wider the terminal") {
  const CheckpointProfile profile = TinyModel().profile();
  std::size_t most = 100;
  for (const unsigned width : {40u, 60u, 80u, 100u, 120u, 160u, 200u}) {
    const std::string text = reported(profile, Format::text, {.width = width});
    const std::string layers = text.substr(text.find("\n52 layers"));
    const std::size_t begin = layers.find("  no room for ");
    const std::string note =
        begin == std::string::npos ? "" : layers.substr(begin, layers.find("\n\n", begin) - begin);
    const auto dropped = static_cast<std::size_t>(std::count(note.begin(), note.end(), ','));
    CHECK(dropped <= most);
    most = dropped;
    if (width == 80)
      CHECK_THAT(note, Catch::Contains("no room for shape, histogram, mean, min, max") &&
                           Catch::Contains("-o FILE.csv"));
  }
  CHECK(reported(profile, Format::text, {.width = 200}).find("no room") == std::string::npos);
  CHECK(reported(profile, Format::text).find("no room") == std::string::npos);
}

TEST_CASE("rows of different layers never look alike, however narrow the terminal") {
  std::vector<TensorProfile> tensors;
  for (int layer = 0; layer < 12; ++layer) {
    for (const std::string part : {"attention.output.dense.weight", "output.dense.weight"})
      tensors.push_back(listed("encoder.layer." + std::to_string(layer) + "." + part, {8, 8}));
  }
  CheckpointProfile inventory;
  inventory.name = "bert";
  inventory.files = {{"bert.safetensors", 0}};
  inventory.tensors = std::move(tensors);
  inventory.totals = count_totals(inventory.tensors, {});
  for (const unsigned width : {30u, 40u, 60u, 80u}) {
    std::string text = reported(inventory, Format::text, {.all = true, .width = width});
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    for (const TensorProfile& tensor : inventory.tensors) {
      INFO(width << " " << tensor.info.name);
      CHECK(text.find(tensor.info.name) != std::string::npos);
    }
  }
}

TEST_CASE("the column that rows are sorted by is shown whatever the room") {
  const CheckpointProfile profile = TinyModel().profile();
  for (const std::string_view column : {"mean", "std", "min", "max", "abs_max", "l1", "l2", "rms"}) {
    const std::string text = reported(profile, Format::text, {.sort = std::string(column), .width = 50});
    const std::string layers = text.substr(text.find("\n52 layers"));
    CHECK_THAT(layers.substr(layers.find('\n', 2), 60), Catch::Contains(" " + std::string(column)));
  }
  const auto heading = [&profile](const std::string& sort) {
    const std::string text = reported(profile, Format::text, {.sort = sort, .width = 50});
    const std::vector<std::string> lines = lines_of(text.substr(text.find("\n52 layers") + 1));
    return lines.at(1);
  };
  CHECK_THAT(heading("zero"), Catch::Contains("% zero"));
  CHECK_THAT(heading("outside"), Catch::Contains("% |w|>0.01"));
  CHECK_THAT(heading("non_finite"), Catch::Contains("not finite"));
  CHECK_THAT(heading("bytes"), Catch::Contains("size"));
  CHECK_THAT(heading("name"), Catch::Contains("parameters"));
}

TEST_CASE("a column that says nothing is left out") {
  const CheckpointProfile inventory = TinyModel().inventory();
  const auto heading = [&inventory](std::uint64_t top) {
    const std::string text = reported(inventory, Format::text, {.top = top, .group_by = 1});
    const std::vector<std::string> lines = lines_of(text.substr(text.find(" of 52 layers by")));
    return lines.at(1);
  };
  CHECK_THAT(heading(2), Catch::Contains("shape"));  // h.* has many, wte.* one
  CHECK_THAT(heading(1), !Catch::Contains("shape") && Catch::Contains("parameters"));
}

TEST_CASE("text totals say every figure, also that nothing is wrong") {
  const std::string text = reported(TinyModel().profile(), Format::text);
  for (const std::string figure : {"mean", "std", "skewness", "kurtosis", "L1", "L2", "RMS"})
    CHECK_THAT(text, Catch::Contains("\n  " + figure + " "));
  CHECK_THAT(text,
             Catch::Contains("\n  not finite  1 NaN") && Catch::Contains("\n  findings    6, at the end\n"));
  CheckpointProfile sound = TinyModel().profile();
  sound.findings.clear();
  sound.totals.statistics->counts.nan = 0;
  sound.totals.statistics->counts.negative_infinity = 0;
  CHECK_THAT(reported(sound, Format::text),
             Catch::Contains("\n  not finite  0\n") && Catch::Contains("\n  findings    none\n"));
}

TEST_CASE("quantiles that are not exact are marked, and those that are lost are missed in a line") {
  CheckpointProfile profile = TinyModel().profile();
  Statistics& totals = *profile.totals.statistics;
  totals.quantiles.method = QuantileMethod::sketch;
  totals.quantiles.values[5].low -= 0.5;
  totals.intervals[2].below = 0;
  totals.intervals[2].above = 0;
  profile.tensors[0].statistics->counts.positive += 1'000'000;
  for (const Format format : {Format::text, Format::markdown}) {
    const std::string text = reported(profile, format);
    CHECK_THAT(text, Catch::Contains(" ≈9.376e-07 ") && Catch::Contains("≈ placed by a sketch"));
    CHECK_THAT(text, Catch::Contains("<0.01"));
  }
  totals.quantiles = totals.magnitude_quantiles = {};
  for (const Format format : {Format::text, Format::markdown})
    CHECK_THAT(reported(profile, format), Catch::Contains("no quantiles: "));
}

TEST_CASE("no line of text ends in blanks") {
  const CheckpointProfile profile = TinyModel().profile();
  for (const unsigned width : {0u, 80u, 40u})
    for (const std::string& line : lines_of(reported(profile, Format::text, {.width = width})))
      CHECK_FALSE(line.ends_with(' '));
}

TEST_CASE("a heading says how many rows there are, of what, and in which order") {
  const CheckpointProfile profile = TinyModel().profile();
  const auto has = [&profile](const ReportOptions& options, const std::string& heading) {
    CHECK_THAT(reported(profile, Format::text, options), Catch::Contains("\n" + heading + "\n"));
  };
  has({}, "52 layers, alike ones in one row (--all: each)");
  has({.all = true}, "52 layers");
  has({.top = 3}, "3 of 52 layers, most parameters first");
  has({.sort = "std"}, "52 layers, greatest std first");
  has({.sort = "min:asc", .top = 3}, "3 of 52 layers, least min first");
  has({.sort = "name"}, "52 layers, by name");
  has({.group_by = 1}, "5 groups of 52 layers by 1 part of the name");
  has({.top = 2, .group_by = 1}, "2 of 5 groups of 52 layers by 1 part of the name, most parameters first");
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
  CHECK(names("excess_kurtosis", 3) == names("kurtosis", 3));
  CHECK(names("kurtosis", 3).size() == 3);
  Names ascending = names("bytes:asc", std::nullopt), descending = names("bytes", std::nullopt);
  CHECK(ascending.size() == 52);
  CHECK(ascending.front() == "scale");
  CHECK(descending.front() == "wte.weight");
  for (const std::string_view column : sort_columns())
    CHECK(names(std::string(column), 3).size() == 3);
}

TEST_CASE("--group-by gives one row to each beginning of names") {
  const std::string text = reported(TinyModel().profile(), Format::text, {.group_by = 1});
  CHECK(first_words(text, "5 groups of 52 layers by 1 part") ==
        std::vector<std::string>{"wte.*", "h.*", "ln_f.*", "scale", "conv.*"});
}

TEST_CASE("markdown has a column for what layers are sorted by, once") {
  const CheckpointProfile profile = TinyModel().profile();
  const auto heading = [&](const std::string& sort) {
    const std::string page = reported(profile, Format::markdown, {.sort = sort});
    return lines_of(page.substr(page.find("# Statistics by layer\n"))).at(2);
  };
  CHECK(heading("kurtosis").starts_with("| Name | kurtosis | Min |"));
  for (const std::string sort : {"std", "zero:asc", "name", "parameters"})
    CHECK(heading(sort).starts_with("| Name | Min | Max |"));
}

TEST_CASE("text, markdown and CSV have the same layers in the same order") {
  const CheckpointProfile profile = TinyModel().profile();
  for (const ReportOptions& options :
       {ReportOptions{.sort = "std", .top = 4}, ReportOptions{.sort = "name:desc"}, ReportOptions{.top = 2},
        ReportOptions{.group_by = 1}, ReportOptions{.sort = "mean", .top = 3, .group_by = 2}}) {
    const auto labels = [](const std::string& text, const std::string& heading, const std::string& separator,
                           std::size_t column) {
      std::vector<std::string> found;
      for (const std::string& line : lines_of(text.substr(text.find(heading) + heading.size()))) {
        std::size_t begin = 0;
        for (std::size_t i = 0; i < column; ++i)
          begin = line.find(separator, begin) + separator.size();
        if (line.empty() && !found.empty()) break;
        if (!line.empty()) found.push_back(line.substr(begin, line.find(separator, begin) - begin));
      }
      return found;
    };
    const auto csv = labels(reported(profile, Format::csv, options), "outside_percent[-1:1]", ",", 1);
    const std::string page = reported(profile, Format::markdown, options);
    const auto unescaped = [](std::vector<std::string> names) {
      for (std::string& name : names)
        std::erase(name, '\\');
      return names;
    };
    auto summary = unescaped(labels(page, "Form |\n", " ", 1)),
         statistics = unescaped(labels(page, "# Statistics by layer\n", " ", 1));
    summary.erase(summary.begin());
    statistics.erase(statistics.begin(), statistics.begin() + 2);
    const std::string text = reported(profile, Format::text, options);
    const std::vector<std::string> table =
        first_words(text.substr(text.find(" layers", text.find("% above"))), " layers");
    CHECK(std::vector<std::string>(csv.begin() + 1, csv.end()) == table);
    CHECK(summary == table);
    CHECK(statistics == table);
  }
}

TEST_CASE("CSV of groups adds up what its tensors have") {
  const CheckpointProfile profile = TinyModel().profile();
  const std::string csv = reported(profile, Format::csv, {.sort = "elements", .top = 1, .group_by = 1});
  const std::vector<std::string> lines = lines_of(csv);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[1], Catch::StartsWith("tiny,h.*,tiny.safetensors,F32,,,,parameter,5760,23040,72,"));
  CHECK(std::count(lines[0].begin(), lines[0].end(), ',') ==
        std::count(lines[1].begin(), lines[1].end(), ','));
}

TEST_CASE("the sparsity view groups layers too") {
  const std::string text =
      reported(TinyModel().profile(), Format::text, {.view = View::sparsity, .group_by = 1});
  CHECK_THAT(text, Catch::Contains("|  h.*   |") && !Catch::Contains("h.0"));
}

TEST_CASE("options that no report can follow are refused with what there is") {
  const CheckpointProfile inventory = TinyModel().inventory();
  CHECK_THROWS_WITH(check_options({.sort = "weights"}), Catch::Contains("elements, bytes"));
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
