#include <catch2/catch.hpp>

#include <array>

#include "prune/masks.hpp"
#include "weightsieve/base/error.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

/// The k least magnitudes over all tensors, by sorting them.
Pruned prune_by_sorting(OpenModel& model, const PruneSelection& selection, const PruneAmount& amount) {
  Pruned pruned;
  std::vector<Candidate> candidates;
  std::vector<std::size_t> sizes;
  for (const std::size_t tensor : selection.tensors) {
    const Dtype dtype = model.checkpoint.tensors[tensor].dtype;
    pruned.tensors.push_back(model.bytes(tensor));
    sizes.push_back(dtype_info(dtype).bits / 8);
    const std::vector<double> values = magnitudes(dtype, pruned.tensors.back());
    for (std::size_t i = 0; i < values.size(); ++i)
      candidates.push_back({values[i], pruned.tensors.size() - 1, i});
  }
  const std::uint64_t k = elements_to_prune(amount, candidates.size());
  zero_least(std::move(candidates), k, sizes, pruned);
  return pruned;
}

const std::vector<PruneAmount> kAmounts{{0.5}, {0}, {0.1}, {0.9}, {0.95}, {0.99}, {1}, {0, 7}, {0.5}};

/// Compares a plan with sorting, for several levels at once.
void check_model(const std::vector<ModelTensor>& tensors, Random& random, unsigned threads, IoMode io,
                 const std::vector<PruneAmount>& amounts = kAmounts) {
  const TempFolder folder;
  OpenModel model(write_model(folder, tensors, 1 + random() % 4), io);
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  std::uint64_t elements = 0;
  for (const std::size_t tensor : selection.tensors)
    elements += model.checkpoint.tensors[tensor].elements;
  PruneOptions options;
  for (const PruneAmount& amount : amounts) {
    if (amount.count.value_or(0) <= elements) options.amounts.push_back(amount);
  }
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options, {.threads = threads});
  REQUIRE(plan.levels() == options.amounts.size());
  REQUIRE(plan.elements() == elements);
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    const Pruned expected = prune_by_sorting(model, selection, options.amounts[level]);
    const Pruned found = prune_by_plan(model, plan, level, random);
    REQUIRE(found.counts.zeroed == expected.counts.zeroed);
    REQUIRE(found.tensors == expected.tensors);
  }
}

}  // namespace

TEST_CASE("the least magnitudes over a checkpoint go, ties in order, as when everything is sorted") {
  Random random(7);
  const std::array<unsigned, 4> threads{1, 2, 3, 8};
  for (int round = 0; round < 80; ++round) {
    const IoMode io = round % 2 == 0 ? IoMode::mmap : IoMode::pread;
    check_model(random_model(random, prunable_names(), 3'000), random,
                threads[static_cast<std::size_t>(round) % 4], io);
  }
}

TEST_CASE("a single dtype is pruned as exactly") {
  Random random(8);
  for (int round = 0; round < 80; ++round) {
    const std::string_view dtype =
        prunable_names()[static_cast<std::size_t>(round) % prunable_names().size()];
    check_model(random_model(random, {dtype}, 2'000), random, 2, IoMode::automatic);
  }
}

TEST_CASE("ties are cut inside large tensors") {
  Random random(9);
  const std::size_t rows = 1'100;
  std::vector<ModelTensor> tensors;
  for (const auto& [dtype, texture] :
       {std::pair{"F32", Texture::few_values}, std::pair{"BF16", Texture::constant},
        std::pair{"F8_E4M3", Texture::patterns}}) {
    const std::string name = std::string(dtype) + ".weight";
    tensors.push_back({name, dtype, {rows, 1'000}, random_elements(random, dtype, texture, rows * 1'000)});
  }
  check_model(tensors, random, 3, IoMode::automatic, {{0.5}, {0.1}});
}

TEST_CASE("a threshold is told where there is one") {
  const TempFolder folder;
  const std::vector<float> values{-0.5F, 3, 0.25F, -1, 2, 0, -0.0F, 0.5F};
  OpenModel model(write_model(folder, {{"a.weight", "F32", {2, 4}, bytes_of(values)}}, 1));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PruneOptions options{.amounts = {{0}, {0.25}, {0.5}, {0.75}, {1}}};
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options);
  CHECK_FALSE(plan.threshold(0, 0));
  CHECK(plan.threshold(1, 0) == 0.0);
  CHECK(plan.threshold(2, 0) == 0.5);
  CHECK(plan.threshold(3, 0) == 1.0);
  CHECK(plan.threshold(4, 0) == 3.0);
}

TEST_CASE("a tensor outside of the selection is not touched") {
  const TempFolder folder;
  const std::string ones = bytes_of(std::vector<float>(6, 1.0F));
  OpenModel model(write_model(folder, {{"a.bias", "F32", {6}, ones}, {"b.weight", "F32", {2, 3}, ones}}, 2));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::matrices);
  const PruneOptions options{.amounts = {{1}}};
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options);
  CHECK_FALSE(plan.touches(0));
  CHECK(plan.touches(1));
  std::string bytes = ones;
  ChunkMasker masker(plan, 0, model.files);
  const MaskCounts counts = masker.mask(0, 0, std::as_writable_bytes(std::span(bytes)));
  CHECK(bytes == ones);
  CHECK(counts.elements == 6);
  CHECK(counts.zeroed == 0);
}

TEST_CASE("a magnitude that one dtype has exactly is cut right inside a bucket of another's") {
  Random random(10);
  std::vector<double> doubles(300);
  std::vector<float> floats(300);
  std::string halves;
  for (std::size_t i = 0; i < 300; ++i) {
    doubles[i] = 0.499 + 1e-6 * static_cast<double>(random() % 5'000);
    floats[i] = 0.5F + 1e-6F * static_cast<float>(random() % 1'000);
    halves += bytes_of_f64(random() % 2 == 0 ? 0.5 : -0.5, "BF16");
  }
  const std::vector<ModelTensor> tensors{{"a", "F32", {300}, bytes_of(floats)},
                                         {"b", "BF16", {300}, halves},
                                         {"c", "F64", {300}, bytes_of(doubles)}};
  std::vector<PruneAmount> amounts;
  for (std::uint64_t k = 0; k <= 900; k += 25)
    amounts.push_back({0, k});
  check_model(tensors, random, 2, IoMode::automatic, amounts);
}
