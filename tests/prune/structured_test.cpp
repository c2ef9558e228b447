#include <catch2/catch.hpp>

#include <array>
#include <cmath>

#include "prune/masks.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

ModelTensor random_tensor(Random& random, std::string_view dtype, Texture texture,
                          std::vector<std::uint64_t> shape) {
  const std::uint64_t elements = element_count(shape).value();
  return {"a.weight", dtype, std::move(shape), random_elements(random, dtype, texture, elements)};
}

/// Prunes one tensor with every number of threads and compares all of its bytes.
void check_tensor(const ModelTensor& tensor, const PruneOptions& options, const Pruned& expected,
                  Random& random) {
  const TempFolder folder;
  OpenModel model(write_model(folder, {tensor}, 1));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  for (const unsigned threads : {1U, 3U}) {
    const PrunePlan plan =
        plan_prune(model.checkpoint, model.files, selection, options, {.threads = threads});
    REQUIRE(plan.levels() == 1);
    const Pruned found = prune_by_plan(model, plan, 0, random);
    REQUIRE(found.counts.zeroed == expected.counts.zeroed);
    REQUIRE(found.tensors == expected.tensors);
  }
}

/// Zeroes the least of every `pattern.of` elements that are `stride` apart, in each run of `length` of them.
Pruned prune_neighbours(const ModelTensor& tensor, const NmPattern& pattern, std::uint64_t stride,
                        std::uint64_t length) {
  const Dtype dtype = *dtype_from_name(tensor.dtype);
  const std::array<std::size_t, 1> size{dtype_info(dtype).bits / 8};
  Pruned pruned{{tensor.bytes}, {}};
  const std::vector<double> values = magnitudes(dtype, tensor.bytes);
  for (std::uint64_t start = 0; start < values.size(); ++start) {
    const std::uint64_t place = start / stride % length;
    if (place % pattern.of != 0 || place + pattern.of > length) continue;
    std::vector<Candidate> group;
    for (std::uint64_t i = 0; i < pattern.of; ++i)
      group.push_back({values[start + i * stride], 0, start + i * stride});
    zero_least(std::move(group), pattern.zeros, size, pruned);
  }
  return pruned;
}

/// The tensor's values after pruning rows or columns.
std::vector<float> prune_lines(const std::vector<std::uint64_t>& shape, const std::vector<float>& values,
                               PruneMethod method, const PruneAmount& amount) {
  const TempFolder folder;
  OpenModel model(write_model(folder, {{"a.weight", "F32", shape, bytes_of(values)}}, 1));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PrunePlan plan =
      plan_prune(model.checkpoint, model.files, selection, {.method = method, .amounts = {amount}});
  Random random(1);
  const Pruned pruned = prune_by_plan(model, plan, 0, random);
  std::vector<float> after(values.size());
  std::memcpy(after.data(), pruned.tensors.at(0).data(), values.size() * sizeof(float));
  return after;
}

}  // namespace

TEST_CASE("of every few neighbours along the last axis the least go") {
  Random random(31);
  const std::vector<NmPattern> patterns{{2, 4}, {4, 8}, {1, 4}, {1, 2}, {3, 7},
                                        {0, 4}, {4, 4}, {0, 1}, {1, 1}, {50, 100}};
  const std::vector<std::vector<std::uint64_t>> shapes{{6, 16}, {5, 18}, {7, 3}, {23},       {3, 4, 10},
                                                       {1, 1},  {},      {0, 8}, {9'999, 3}, {2, 9'999}};
  for (const NmPattern& pattern : patterns) {
    for (const auto& shape : shapes) {
      const std::string_view dtype = prunable_names()[random() % prunable_names().size()];
      const ModelTensor tensor = random_tensor(random, dtype, static_cast<Texture>(random() % 5), shape);
      const PruneOptions options{.method = PruneMethod::nm, .nm = pattern};
      const std::uint64_t columns = shape.empty() ? 1 : shape.back();
      check_tensor(tensor, options, prune_neighbours(tensor, pattern, 1, columns), random);
    }
  }
}

TEST_CASE("of every few neighbours along the first axis the least go") {
  Random random(32);
  const std::vector<std::vector<std::uint64_t>> shapes{{16, 6}, {18, 5}, {3, 7}, {23},       {10, 4, 3},
                                                       {},      {0, 8},  {8, 0}, {9, 70'000}};
  for (const NmPattern& pattern : {NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{2, 3}}) {
    for (const auto& shape : shapes) {
      const std::string_view dtype = prunable_names()[random() % prunable_names().size()];
      const ModelTensor tensor = random_tensor(random, dtype, static_cast<Texture>(random() % 5), shape);
      const PruneOptions options{.method = PruneMethod::nm, .nm = pattern, .nm_axis = NmAxis::first};
      const std::uint64_t rows = shape.empty() ? 1 : shape[0];
      const std::uint64_t elements = element_count(shape).value();
      const std::uint64_t columns = elements == 0 ? 1 : elements / rows;
      check_tensor(tensor, options, prune_neighbours(tensor, pattern, columns, rows), random);
    }
  }
}

TEST_CASE("a pattern that makes no sense is a usage error") {
  const TempFolder folder;
  OpenModel model(write_model(folder, {}, 1));
  for (const NmPattern& pattern : {NmPattern{5, 4}, NmPattern{0, 0}, NmPattern{1, 5'000}})
    CHECK_THROWS_AS(plan_prune(model.checkpoint, model.files, {}, {.method = PruneMethod::nm, .nm = pattern}),
                    Error);
}

TEST_CASE("rows of least norm go whole, of equal ones the first") {
  const std::vector<float> values{3,  4,  // 5
                                  -1, 2,  // 2.2
                                  5,  0,  // 5
                                  0,  6};
  CHECK(prune_lines({4, 2}, values, PruneMethod::rows, {0.5}) == std::vector<float>{0, 0, 0, 0, 5, 0, 0, 6});
  CHECK(prune_lines({4, 2}, values, PruneMethod::rows, {0, 3}) == std::vector<float>{0, 0, 0, 0, 0, 0, 0, 6});
  CHECK(prune_lines({4, 2}, values, PruneMethod::rows, {0.1}) == values);  // round(0.4) rows
  // two rows of [2, 2]: 2.5 and 1.5 of 4 halves round to even
  CHECK(prune_lines({2, 2, 2}, values, PruneMethod::rows, {0.5}) ==
        std::vector<float>{0, 0, 0, 0, 5, 0, 0, 6});
}

TEST_CASE("columns of least norm go whole, those of a convolution with all their positions") {
  CHECK(prune_lines({2, 3}, {1, 2, 3, 4, -2, 1}, PruneMethod::columns, {0, 1}) ==
        std::vector<float>{1, 0, 3, 4, 0, 1});
  CHECK(prune_lines({2, 2, 2}, {1, 1, 5, 5, 1, 1, 5, -5}, PruneMethod::columns, {0.5}) ==
        std::vector<float>{0, 0, 5, 5, 0, 0, 5, -5});
}

TEST_CASE("rows and columns that hold a NaN or an infinity stay") {
  const std::vector<float> values{NAN, 0, 1, 1, INFINITY, 0};
  const std::vector<float> after = prune_lines({3, 2}, values, PruneMethod::rows, {1});
  CHECK(std::isnan(after[0]));
  CHECK(std::vector<float>(after.begin() + 2, after.end()) == std::vector<float>{0, 0, INFINITY, 0});
}

TEST_CASE("rows and columns are ranked over all chunks of a tensor, whatever the threads") {
  Random random(33);
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{5, 300'000}, {300'000, 5}, {1'200, 1'000}, {3, 50, 9'000}}) {
    for (const PruneMethod method : {PruneMethod::rows, PruneMethod::columns}) {
      const ModelTensor tensor = random_tensor(random, "BF16", Texture::normal, shape);
      const std::uint64_t columns = element_count(shape).value() / shape[0];
      const std::uint64_t stride = method == PruneMethod::rows ? columns : columns / shape[1];
      const std::uint64_t lines = method == PruneMethod::rows ? shape[0] : shape[1];
      const std::vector<double> values = magnitudes(Dtype::BF16, tensor.bytes);
      std::vector<long double> squares(lines);
      for (std::size_t i = 0; i < values.size(); ++i)
        squares[i / stride % lines] += static_cast<long double>(values[i]) * values[i];
      std::vector<long double> sorted = squares;
      std::ranges::sort(sorted);
      const std::uint64_t k = elements_to_prune({0.4}, lines);
      Pruned expected{{tensor.bytes}, {}};
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (squares[i / stride % lines] >= sorted[k]) continue;
        expected.tensors[0].replace(i * 2, 2, 2, '\0');
        ++expected.counts.zeroed;
      }
      check_tensor(tensor, {.method = method, .amounts = {{0.4}}}, expected, random);
    }
  }
}

TEST_CASE("a tensor without rows or columns is left alone and listed") {
  const TempFolder folder;
  const std::string ones = bytes_of(std::vector<float>(4, 1.0F));
  OpenModel model(write_model(folder, {{"a.bias", "F32", {4}, ones}, {"a.weight", "F32", {2, 2}, ones}}, 2));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection,
                                    {.method = PruneMethod::columns, .amounts = {{0.5}}});
  CHECK_FALSE(plan.touches(0));
  CHECK(plan.touches(1));
  REQUIRE(plan.left_alone().size() == 1);
  CHECK(plan.left_alone()[0].name == "a.bias");
  CHECK(plan.left_alone()[0].reason == "has one dimension: no columns");
  const PruneOptions too_many{.method = PruneMethod::rows, .amounts = {{0, 3}}};
  CHECK_THROWS_AS(plan_prune(model.checkpoint, model.files, selection, too_many), Error);
}
