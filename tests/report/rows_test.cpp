#include "report/rows.hpp"

#include <catch2/catch.hpp>

#include "profile/sample_tensors.hpp"

using namespace weightsieve;

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const Rows& rows) {
  Lines lines;
  for (std::size_t row = 0; row < rows.size(); ++row)
    lines.push_back(rows.label(row) + " " + std::to_string(sum_elements(rows.members(row))));
  return lines;
}

CheckpointProfile inventory_of(std::vector<TensorProfile> tensors) {
  CheckpointProfile profile;
  profile.tensors = std::move(tensors);
  return profile;
}

}  // namespace

TEST_CASE("tensors of different shape or dtype do not share a row") {
  const CheckpointProfile profile = inventory_of(tensor_list(
      listed("a.0", {4}), listed("a.1", {5}), listed("a.2", {4}), listed("a.3", {4}, Dtype::F16)));
  CHECK(lines_of(Rows::folded(all_tensors(profile))) == Lines{"a.{0,2} 8", "a.1 5", "a.3 4"});
}

TEST_CASE("three rows that repeat alike are nested below their sum, two are not") {
  const CheckpointProfile profile = inventory_of(
      tensor_list(listed("h.0.q", {2}), listed("h.0.k", {3}), listed("h.0.v", {4}), listed("h.1.q", {2}),
                  listed("h.1.k", {3}), listed("h.1.v", {4}), listed("g.0.q", {2}), listed("g.0.k", {3}),
                  listed("g.1.q", {2}), listed("g.1.k", {3})));
  const Rows rows = Rows::folded(all_tensors(profile));
  CHECK(lines_of(rows) == Lines{"h.{0,1} 18", "  q 4", "  k 6", "  v 8", "g.{0,1}.q 4", "g.{0,1}.k 6"});
  CHECK(rows.repeats(0) == 2);
  CHECK(rows.members(0).size() == 6);
}

TEST_CASE("buffers and repeats of tied tensors are no layers") {
  CheckpointProfile profile =
      inventory_of(tensor_list(listed("w", {2}), listed("running_mean", {2}), listed("v", {2})));
  profile.tied = {{"w", "v"}};
  CHECK(tensors_of(profile, Role::parameter).size() == 1);
  CHECK(tensors_of(profile, Role::buffer).size() == 1);
  CHECK(all_tensors(profile).size() == 3);
}

TEST_CASE("names are sorted as people count") {
  const CheckpointProfile profile =
      inventory_of(tensor_list(listed("h.10.w", {2}), listed("h.9.w", {2}), listed("h.2.w", {2}),
                               listed("h.02.w", {2}), listed("h", {2}), listed("a.10", {2})));
  Rows rows = Rows::single(all_tensors(profile));
  rows.arrange({.sort = "name"}, "elements");
  CHECK(lines_of(rows) == Lines{"a.10 2", "h 2", "h.02.w 2", "h.2.w 2", "h.9.w 2", "h.10.w 2"});
  rows.arrange({.sort = "name:desc", .top = 1}, "elements");
  CHECK(lines_of(rows) == Lines{"h.10.w 2"});
}

TEST_CASE("equal rows keep their order when sorted") {
  const CheckpointProfile profile =
      inventory_of(tensor_list(listed("c", {2}), listed("a", {3}), listed("b", {2}), listed("d", {3})));
  Rows rows = Rows::single(all_tensors(profile));
  rows.arrange({.sort = "elements"}, "elements");
  CHECK(lines_of(rows) == Lines{"a 3", "d 3", "c 2", "b 2"});
  rows.arrange({.sort = "name:desc", .top = 2}, "elements");
  CHECK(lines_of(rows) == Lines{"d 3", "c 2"});
}
