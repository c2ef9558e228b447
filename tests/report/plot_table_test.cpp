#include "report/plot_table.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "report/plot_script.hpp"
#include "weightsieve/base/text.hpp"

using namespace weightsieve;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Whatever a name is, gnuplot may get these characters only.
bool is_harmless(const std::string& label) {
  return label.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
             " ._-/:,()[]{}*+=|?") == std::string::npos;
}

// What can be put into a script: no text that is known only when the program runs.
template <class T>
concept CanBeScripted = requires(PlotScript script, T argument) {
  script.line("{}", argument);
};
static_assert(CanBeScripted<double> && CanBeScripted<std::uint64_t> && CanBeScripted<Literal>);
static_assert(!CanBeScripted<std::string> && !CanBeScripted<std::string_view> &&
              !CanBeScripted<const char*> && !CanBeScripted<char>);

}  // namespace

TEST_CASE("labels keep nothing that gnuplot, a shell or SVG understands") {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte)
    every_byte += static_cast<char>(byte);
  CHECK(is_harmless(plot_label(every_byte, 1000)));
  CHECK(plot_label("encoder.layer.{0-23}.query.weight") == "encoder.layer.{0-23}.query.weight");
  CHECK(plot_label("`id`'\"$x\n") == "?id????x?");
  CHECK(plot_label("") == "?");
}

TEST_CASE("labels keep letters of other languages, and nothing else beyond ASCII") {
  for (const char* name : {"gr\u00F6\u00DFe.weight", "\u5C42.0.\u6743\u91CD", "\u03B1\u03B2",
                           "\u0432\u0435\u0441", "\u30C7\u30FC\u30BF", "\uAC00\uC911\uCE58"})
    CHECK(plot_label(name) == name);
  // Spaces, soft hyphen, signs, combining marks, what joins or reorders, variants of quotes, braces and
  // backslashes.
  for (const char* sign :
       {"\u00A0", "\u00AD", "\u00B4", "\u00D7", "\u0301",     "\u034F",    "\u061C", "\u05D0",
        "\u0627", "\u115F", "\u200B", "\u200D", "\u2018",     "\u2028",    "\u202E", "\u2066",
        "\u2003", "\u3000", "\u3164", "\uFE0F", "\uFEFF",     "\uFF02",    "\uFF07", "\uFF3C",
        "\uFF40", "\uFF5B", "\uE000", "\uFFFD", "\U0001F600", "\U000E0041"})
    CHECK(plot_label(sign) == "?");
  // Long ways to write a backquote, halves of pairs, what is beyond Unicode, and what is cut short.
  for (const char* bytes : {"\xC1\xA0", "\xE0\x81\xA0", "\xF0\x80\x81\xA0", "\xED\xA0\x80",
                            "\xF4\x90\x80\x80", "\xE5\xB1", "\xC3"})
    CHECK(plot_label(bytes) == "?");
  CHECK(plot_label("\xC3`id`") == "??id?");
  CHECK(plot_label("gr\u00F6\u00DFe \u03B1 \u0432 \u5C42 \u30C7 \u0250 \u038B", 64, Letters::in_any_font) ==
        "gr\u00F6\u00DFe \u03B1 \u0432 ? ? ? ?");
}

TEST_CASE("long labels lose their middle") {
  const std::string name = std::string(200, 'a') + ".layer.7.weight";
  const std::string label = plot_label(name, 40);
  CHECK(label.size() == 40);
  CHECK(label.find("...") != std::string::npos);
  CHECK(label.ends_with(".layer.7.weight"));
  std::string letters;
  for (int i = 0; i < 90; ++i)
    letters += "\u5C42";
  const std::string cut = plot_label(letters, 40);
  CHECK(cut.size() == 3 * 37 + 3);
  CHECK(cut.substr(3 * 12, 3) == "...");
  CHECK(valid_utf8_length(cut) == cut.size());
}

TEST_CASE("figures go to gnuplot in blocks behind the title, and to people as one table") {
  PlotTable table{"layer", "share", "count"};
  table.add({std::string("a,\"b\"\n"), 0.1, std::uint64_t{18446744073709551615u}});
  table.end_block();
  table.end_block();
  table.add({std::string("c"), std::monostate(), std::uint64_t{0}});
  table.add({std::string("d"), kInfinite, std::uint64_t{1}});
  table.end_block();
  CHECK(table.plot_data("model`1`") ==
        "model?1?\n\n\na,?b??\t0.1\t18446744073709551615\n\n\nc\tNaN\t0\nd\tNaN\t1\n");
  CHECK(table.csv() == "layer,share,count\n\"a,\"\"b\"\"\\n\",0.1,18446744073709551615\nc,,0\nd,inf,1\n");
}
