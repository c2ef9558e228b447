#include "report/plot_table.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "report/plot_script.hpp"

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
  CHECK(plot_label("gr\xC3\xB6\xC3\x9F"
                   "e") == "gr??e");
  CHECK(plot_label("") == "?");
}

TEST_CASE("long labels lose their middle") {
  const std::string name = std::string(200, 'a') + ".layer.7.weight";
  const std::string label = plot_label(name, 40);
  CHECK(label.size() == 40);
  CHECK(label.find("...") != std::string::npos);
  CHECK(label.ends_with(".layer.7.weight"));
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
