#include "report/rename_lines.hpp"

#include <catch2/catch.hpp>

using namespace weightsieve;

namespace {

std::vector<std::string> lines(const std::vector<std::pair<std::string, std::string>>& renamed) {
  ProfileDiff diff;
  for (const auto& [before, after] : renamed) {
    diff.renamed.emplace_back(diff.a.tensors.size(), diff.b.tensors.size());
    diff.a.tensors.emplace_back().info.name = before;
    diff.b.tensors.emplace_back().info.name = after;
  }
  return rename_lines(diff);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("names with the same new beginning share a line, in the order of the first") {
  CHECK(lines({{"w", "bert.w"}, {"head", "cls"}, {"layer.0.b", "bert.layer.0.b"}}) ==
        Lines{"* → bert.* ×2", "head → cls"});
  CHECK(lines({{"encoder.layer.0.w", "h.0.w"}, {"encoder.layer.1.w", "h.1.w"}, {"a/b", "c/b"}}) ==
        Lines{"encoder.layer.* → h.* ×2", "a/b → c/b"});
  CHECK(lines({{"module.a", "a"}, {"module.b", "b"}}) == Lines{"module.* → * ×2"});
}

TEST_CASE("only whole parts are left out of a renaming") {
  CHECK(lines({{"foo", "barfoo"}, {"oo", "baroo"}}) == Lines{"foo → barfoo", "oo → baroo"});
  CHECK(lines({{"a.w1", "b.w1"}, {"a.w2", "b.w2"}, {"a.w3", "b.w4"}}) ==
        Lines{"a.* → b.* ×2", "a.w3 → b.w4"});
  CHECK(lines({}).empty());
}

TEST_CASE("renamed names are safe to print") {
  CHECK(lines({{"a\x1b.w", "b\n.w"}, {"a\x1b.v", "b\n.v"}}) == Lines{"a\\x1b.* → b\\n.* ×2"});
}
