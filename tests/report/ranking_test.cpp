#include <catch2/catch.hpp>

#include "report/expected_text.hpp"

using namespace weightsieve;

namespace {

const std::vector<RankedCheckpoint> kModels{{"albert-v2", 25, 11'685'122, 46'740'488},
                                            {"t5-11b", 513, 11'308'269'568, 45'233'078'272},
                                            {"albert-v1", 25, 11'685'122, 46'740'488},
                                            {"bert", 201, 109'483'776, 437'935'104}};

}  // namespace

TEST_CASE("the ranking page goes by size, equal sizes by name") {
  CHECK(ranked(kModels, Format::markdown) == R"(# Top parameter models

| Rank | Model | Number of parameters (unit: bytes) |
| --- | --- | --- |
| 1 | <a href="t5-11b.md">t5-11b</a> | 42.127 GiB |
| 2 | <a href="bert.md">bert</a> | 417.647 MiB |
| 3 | <a href="albert-v1.md">albert-v1</a> | 44.575 MiB |
| 4 | <a href="albert-v2.md">albert-v2</a> | 44.575 MiB |
)");
}

TEST_CASE("the ranking in the other formats") {
  CHECK(ranked(kModels, Format::text, {.top = 2}) == R"(  rank  model       parameters  layers         size
     1  t5-11b  11,308,269,568     513   42.127 GiB
     2  bert       109,483,776     201  417.647 MiB
)");
  CHECK(ranked(kModels, Format::csv, {.top = 1}) ==
        "rank,name,layers,parameters,parameter_bytes\n1,t5-11b,513,11308269568,45233078272\n");
  CHECK(ranked(kModels, Format::json, {.top = 1}) == R"({
  "schema": "weightsieve.rank/1",
  "checkpoints": [
    {"rank": 1, "name": "t5-11b", "layers": 513, "parameters": 11308269568, "parameter_bytes": 45233078272}
  ]
}
)");
}

TEST_CASE("a name in the ranking page can be no script, no other site, no second cell") {
  const std::string page = ranked({{"javascript:alert(1)//|<b>\"", 1, 1, 4}}, Format::markdown);
  CHECK_THAT(page, Catch::Contains("<a href=\"javascript%3Aalert%281%29//%7C%3Cb%3E%22.md\">"));
  CHECK_THAT(page, Catch::Contains("alert(1)//\\|\\<b>"));
}
