#include "report/terminal.hpp"

#include <catch2/catch.hpp>

#include "report/figures.hpp"

using namespace weightsieve;

TEST_CASE("text takes the columns that a terminal gives it") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("重み") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("") == 0);
}

TEST_CASE("text breaks behind the parts of a name where it can, and nothing is lost") {
  using Pieces = std::vector<std::string_view>;
  CHECK(broken("encoder.layer.weight", 20, kNameBreaks) == Pieces{"encoder.layer.weight"});
  CHECK(broken("encoder.layer.weight", 19, kNameBreaks) == Pieces{"encoder.layer.", "weight"});
  CHECK(broken("encoder.layer.weight", 10, kNameBreaks) == Pieces{"encoder.", "layer.", "weight"});
  CHECK(broken("重み重み", 5, kNameBreaks) == Pieces{"重み", "重み"});
  CHECK(broken("", 5, kNameBreaks) == Pieces{""});
  const std::string text = "重みabc.重み/e\u0301.d";
  for (std::size_t width = 0; width < 16; ++width) {
    std::string joined;
    for (const std::string_view piece : broken(text, width, kNameBreaks)) {
      CHECK(display_width(piece) <= std::max<std::size_t>(width, 2));
      joined += piece;
    }
    CHECK(joined == text);
  }
}

TEST_CASE("figures show what matters") {
  CHECK(significant(0.04567891) == "0.04568");
  CHECK(significant(-30521.0) == "-30521");
  CHECK(significant(1e-9) == "1e-09");
  CHECK(significant(0.0) == "0");
  CHECK(honest_percent(0.001) == "<0.01");
  CHECK(honest_percent(99.999) == ">99.99");
  CHECK(honest_percent(0.0) == "0.00");
  CHECK(honest_percent(100.0) == "100.00");
  CHECK(honest_percent(std::nullopt) == "-");
  CHECK(outside_text(-0.1, 0.1) == "> 0.1");
  CHECK(outside_text(-0.1, 0) == "outside [-0.1, 0]");
  CHECK(count_of(1, "layer") == "1 layer");
  CHECK(count_of(2'000, "layer") == "2,000 layers");
}
