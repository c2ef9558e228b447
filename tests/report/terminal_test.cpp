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

TEST_CASE("text is shortened in the middle, its end is worth more") {
  CHECK(shortened("encoder.layer.weight", 20) == "encoder.layer.weight");
  CHECK(shortened("encoder.layer.weight", 11) == "enco…weight");
  CHECK(shortened("encoder.layer.weight", 1) == "…");
  CHECK(shortened("encoder.layer.weight", 0) == "");
  CHECK(shortened("重み重み重み", 7) == "重…重み");
  for (std::size_t width = 0; width < 14; ++width)
    CHECK(display_width(shortened("重みabc重み", width)) <= width);
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
