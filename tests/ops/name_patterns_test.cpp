#include "ops/name_patterns.hpp"

#include <catch2/catch.hpp>

#include "weightsieve/base/error.hpp"

using namespace weightsieve;

TEST_CASE("without patterns every tensor counts") {
  const NamePatterns all{{}};
  CHECK(all.keep("h.0.attn.weight"));
  CHECK(all.keep(""));
}

TEST_CASE("a pattern is found anywhere in the name, exclusion wins") {
  const NamePatterns names{{.include = {"attn", "^wte"}, .exclude = {R"(\.bias$)"}}};
  CHECK(names.keep("h.0.attn.weight"));
  CHECK(names.keep("wte.weight"));
  CHECK_FALSE(names.keep("h.0.attn.bias"));
  CHECK_FALSE(names.keep("h.0.wte.weight"));
  CHECK_FALSE(names.keep("h.0.mlp.weight"));
}

TEST_CASE("a pattern that RE2 refuses is a usage error that quotes it") {
  try {
    const NamePatterns names{{.include = {"fine", "h[0"}}};
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::usage);
    CHECK_THAT(error.what(), Catch::Contains("h[0") && Catch::Contains("missing ]"));
  }
}

TEST_CASE("a pattern that backtracking engines choke on takes linear time and no stack") {
  const NamePatterns names{{.include = {"(a*)*b$"}}};
  CHECK_FALSE(names.keep(std::string(1 << 20, 'a')));
}
