#include "cli/spelling.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace weightsieve::cli;

TEST_CASE("a word that was mistyped or cut short is known, another is not") {
  const std::vector<std::string> verbs{"inspect", "profile", "report", "rank", "verify"};
  CHECK(likely_meant("profle", verbs) == "profile");
  CHECK(likely_meant("proflie", verbs) == "profile");
  CHECK(likely_meant("insp", verbs) == "inspect");
  CHECK(likely_meant("verfy", verbs) == "verify");
  CHECK(likely_meant("renk", verbs) == "rank");
  for (const char* word : {"", "p", "prune", "analyse", "x", "rrrr", "model.safetensors"})
    CHECK(likely_meant(word, verbs).empty());
  CHECK(likely_meant(std::string(1'000'000, 'p'), verbs).empty());
  CHECK(likely_meant("profle", {}).empty());
  CHECK(spelling_hint("profle", verbs) == "; did you mean 'profile'?");
  CHECK(spelling_hint("zzz", verbs).empty());
}
