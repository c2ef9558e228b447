#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <set>

#include "prune/masks.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

std::uint64_t row_elements(const TensorInfo& tensor) {
  return tensor.shape.size() < 2 || tensor.elements == 0 ? tensor.elements
                                                         : tensor.elements / tensor.shape[0];
}

/// Prunes every tensor (row) by sorting it alone.
Pruned prune_by_sorting(OpenModel& model, const PruneSelection& selection, PruneScope scope,
                        const PruneAmount& amount) {
  Pruned pruned;
  std::vector<std::size_t> sizes;
  for (const std::size_t tensor : selection.tensors) {
    const TensorInfo& info = model.checkpoint.tensors[tensor];
    pruned.tensors.push_back(model.bytes(tensor));
    sizes.push_back(dtype_info(info.dtype).bits / 8);
    const std::vector<double> values = magnitudes(info.dtype, pruned.tensors.back());
    const std::uint64_t group = scope == PruneScope::row ? row_elements(info) : info.elements;
    for (std::uint64_t first = 0; first < info.elements; first += group) {
      std::vector<Candidate> candidates;
      for (std::uint64_t i = first; i < first + group; ++i)
        candidates.push_back({values[i], pruned.tensors.size() - 1, i});
      zero_least(std::move(candidates), elements_to_prune(amount, group), sizes, pruned);
    }
  }
  return pruned;
}

void check_model(const std::vector<ModelTensor>& tensors, PruneScope scope, Random& random, unsigned threads,
                 const std::vector<PruneAmount>& amounts = {{0.5}, {0}, {0.2}, {0.95}, {1}}) {
  const TempFolder folder;
  OpenModel model(write_model(folder, tensors, 1 + random() % 4));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PruneOptions options{.scope = scope, .amounts = amounts};
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options, {.threads = threads});
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    const Pruned expected = prune_by_sorting(model, selection, scope, options.amounts[level]);
    const Pruned found = prune_by_plan(model, plan, level, random);
    REQUIRE(found.counts.zeroed == expected.counts.zeroed);
    REQUIRE(found.tensors == expected.tensors);
  }
}

ModelTensor random_tensor(Random& random, const std::string& name, std::string_view dtype, Texture texture,
                          std::vector<std::uint64_t> shape) {
  const std::uint64_t elements = element_count(shape).value();
  return {name, dtype, std::move(shape), random_elements(random, dtype, texture, elements)};
}

/// The tensors' values after pruning, for tensors of F32.
std::vector<float> pruned_floats(OpenModel& model, const PruneOptions& options, unsigned threads = 1) {
  Random random(1);
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options, {.threads = threads});
  std::vector<float> values;
  for (const std::string& bytes : prune_by_plan(model, plan, 0, random).tensors) {
    const std::size_t first = values.size();
    values.resize(first + bytes.size() / 4);
    std::memcpy(values.data() + first, bytes.data(), bytes.size());
  }
  return values;
}

std::string usage_error(OpenModel& model, const PruneOptions& options) {
  try {
    plan_prune(model.checkpoint, model.files, select_for_pruning(model.checkpoint, PruneSelect::all),
               options);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::usage);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("the least magnitudes of each tensor or row go, as when it is sorted alone") {
  Random random(17);
  const std::array<unsigned, 4> threads{1, 2, 3, 8};
  for (std::size_t round = 0; round < 40; ++round) {
    const PruneScope scope = round % 2 == 0 ? PruneScope::tensor : PruneScope::row;
    check_model(random_model(random, prunable_names(), 3'000), scope, random, threads[round % 4]);
  }
}

TEST_CASE("tensors and rows of any length are pruned exactly: some are cut in passes, some when masked") {
  Random random(18);
  const std::vector<ModelTensor> tensors{
      random_tensor(random, "a", "F32", Texture::normal, {3, 70'000}),
      random_tensor(random, "b", "BF16", Texture::sparse, {2, 65'537}),
      random_tensor(random, "c", "F64", Texture::few_values, {70'001}),
      random_tensor(random, "d", "F8_E5M2", Texture::patterns, {40, 50, 60}),
      random_tensor(random, "e", "F16", Texture::patterns, {1'100'000}),
      random_tensor(random, "f", "F32", Texture::patterns, {0, 4}),
      random_tensor(random, "g", "F32", Texture::patterns, {65'536})};
  for (const PruneScope scope : {PruneScope::tensor, PruneScope::row}) {
    check_model(tensors, scope, random, 3, {{0.5}, {0.95}});
  }
}

TEST_CASE("a count goes from each tensor, and one too large for a tensor names it") {
  const TempFolder folder;
  const std::vector<float> values{4, -3, 2, -1};
  OpenModel model(
      write_model(folder, {{"a", "F32", {4}, bytes_of(values)}, {"b", "F32", {2}, std::string(8, '?')}}, 2));
  PruneOptions options{.scope = PruneScope::tensor, .amounts = {{0, 2}}};
  CHECK(pruned_floats(model, options) == std::vector<float>{4, -3, 0, 0, 0, 0});
  options.amounts = {{0, 3}};
  CHECK_THAT(usage_error(model, options), Catch::Contains("\"b\"") && Catch::Contains("cannot prune 3 of 2"));
}

TEST_CASE("random pruning takes exactly k, the same ones each time, and any other seed's are others") {
  const TempFolder folder;
  Random random(19);
  const std::vector<ModelTensor> tensors{random_tensor(random, "a", "F32", Texture::normal, {300, 1'000}),
                                         random_tensor(random, "b", "F32", Texture::normal, {1'000})};
  OpenModel together(write_model(folder, tensors, 2));
  const TempFolder other_folder;
  OpenModel apart(write_model(other_folder, tensors, 1));
  for (const PruneScope scope : {PruneScope::global, PruneScope::tensor, PruneScope::row}) {
    PruneOptions options{.method = PruneMethod::random, .scope = scope, .amounts = {{0.25}}};
    const std::vector<float> values = pruned_floats(together, options);
    CHECK(std::ranges::count(values, 0.0F) == 75'250);
    // Half of the first half: 37,625 expected, standard deviation 168.
    CHECK(std::abs(std::count(values.begin(), values.begin() + 150'500, 0.0F) - 37'625) < 1'000);
    CHECK(pruned_floats(apart, options, 3) == values);
    options.seed = 1;
    const std::vector<float> others = pruned_floats(together, options);
    std::uint64_t both = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      both += values[i] == 0 && others[i] == 0 ? 1 : 0;
    CHECK(both > 17'000);  // a sixteenth is 18,812
    CHECK(both < 20'500);
  }
}

TEST_CASE("random pruning leaves NaN and infinities") {
  const TempFolder folder;
  const float inf = INFINITY;
  OpenModel model(
      write_model(folder, {{"a", "F32", {6}, bytes_of(std::vector<float>{1, NAN, -inf, 2, inf, 3})}}, 1));
  for (const PruneScope scope : {PruneScope::global, PruneScope::row}) {
    const std::vector<float> values =
        pruned_floats(model, {.method = PruneMethod::random, .scope = scope, .amounts = {{1}}});
    CHECK(values[0] == 0);
    CHECK(std::isnan(values[1]));
    CHECK(values[2] == -inf);
    CHECK(values[3] == 0);
    CHECK(values[4] == inf);
    CHECK(values[5] == 0);
  }
}

TEST_CASE("scaled magnitudes are compared within rows") {
  const TempFolder folder;
  const std::vector<float> values{1, 2, 3, -4,  //
                                  4, 3, 2, 1,   //
                                  0, 1, 1, 1};
  OpenModel model(write_model(folder, {{"a", "F32", {3, 4}, bytes_of(values)}}, 1));
  const auto scores = [&](std::string_view dtype, const std::vector<std::uint64_t>& shape,
                          const std::string& bytes) {
    return folder.write("scores.safetensors", SafetensorsWriter().add("a", dtype, shape, bytes).file());
  };
  PruneOptions options{.scope = PruneScope::row, .amounts = {{0.5}}};
  options.score_scale = scores("F32", {4}, bytes_of(std::vector<float>{4, 1, 1, 0.5}));
  // scores 4 2 3 2 | 16 3 2 0.5 | 0 1 1 0.5: ties go from the left
  CHECK(pruned_floats(model, options) == std::vector<float>{1, 0, 3, 0, 4, 3, 0, 0, 0, 1, 1, 0});

  options.scope = PruneScope::global;
  CHECK_THAT(usage_error(model, options), Catch::Contains("scope row"));
  options.scope = PruneScope::row;
  options.score_scale = scores("F32", {2}, bytes_of(std::vector<float>{4, 1}));
  CHECK_THAT(usage_error(model, options), Catch::Contains("must be 4 numbers"));
  options.score_scale = scores("F32", {4}, bytes_of(std::vector<float>{4, 1, -1, 1}));
  CHECK_THAT(usage_error(model, options), Catch::Contains("factor 2"));
  options.score_scale = scores("F32", {4}, bytes_of(std::vector<float>{4, 1, 1, NAN}));
  CHECK_THAT(usage_error(model, options), Catch::Contains("factor 3"));
  options.score_scale =
      folder.write("others.safetensors", SafetensorsWriter().add("b", "F32", {0}, "").file());
  CHECK_THAT(usage_error(model, options), Catch::Contains("no factors"));
}

TEST_CASE("scaled rows of any length are pruned exactly") {
  const TempFolder folder;
  Random random(20);
  const std::uint64_t columns = 70'000;
  const ModelTensor tensor = random_tensor(random, "a", "BF16", Texture::normal, {2, columns});
  OpenModel model(write_model(folder, {tensor}, 1));
  std::vector<double> factors(columns);
  for (double& factor : factors)
    factor = static_cast<double>(random() % 7);
  const PruneOptions options{
      .scope = PruneScope::row,
      .amounts = {{0.5}},
      .score_scale = folder.write("scores.safetensors",
                                  SafetensorsWriter().add("a", "F64", {columns}, bytes_of(factors)).file())};
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options, {.threads = 2});

  Pruned expected{{tensor.bytes}, {}};
  const std::vector<double> values = magnitudes(Dtype::BF16, tensor.bytes);
  for (std::uint64_t row = 0; row < 2; ++row) {
    std::vector<Candidate> candidates;
    for (std::uint64_t i = row * columns; i < (row + 1) * columns; ++i)
      candidates.push_back({values[i] * factors[i % columns], 0, i});
    zero_least(std::move(candidates), columns / 2, std::array<std::size_t, 1>{2}, expected);
  }
  CHECK(prune_by_plan(model, plan, 0, random).tensors == expected.tensors);
}
