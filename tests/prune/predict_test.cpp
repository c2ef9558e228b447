#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "prune/masks.hpp"
#include "weightsieve/prune/predict_prune.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

struct Effect {
  std::uint64_t zeros_before = 0;
  std::uint64_t zeros_after = 0;
  std::uint64_t non_finite = 0;
  long double energy = 0;
  long double removed = 0;

  void add(double before, double after) {
    zeros_before += before == 0 ? 1 : 0;
    zeros_after += after == 0 ? 1 : 0;
    if (!std::isfinite(before)) {
      ++non_finite;
      return;
    }
    const long double square = static_cast<long double>(before) * static_cast<long double>(before);
    energy += square;
    if (after == 0) removed += square;
  }
};

void check(const MaskCounts& counts, const Effect& effect) {
  CHECK(counts.zeros_before == effect.zeros_before);
  CHECK(counts.zeros_after() == effect.zeros_after);
  CHECK(counts.non_finite == effect.non_finite);
  if (effect.energy > std::numeric_limits<double>::max()) return;
  CHECK(counts.energy == Approx(static_cast<double>(effect.energy)).epsilon(1e-14));
  CHECK(counts.removed_energy == Approx(static_cast<double>(effect.removed)).epsilon(1e-14));
}

/// Compares a table with what writing makes of the tensors.
void check_table(const std::vector<ModelTensor>& tensors, const PruneOptions& options, Random& random) {
  const TempFolder folder;
  OpenModel model(write_model(folder, tensors, 3));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options, {.threads = 2});
  const PruneTable table = predict_prune(plan, options.amounts, model.files, {.threads = 3});
  REQUIRE(table.levels.size() == plan.levels());
  REQUIRE(table.tensors.size() == selection.tensors.size());
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    const Pruned pruned = prune_by_plan(model, plan, level, random);
    Effect total;
    for (std::size_t i = 0; i < pruned.tensors.size(); ++i) {
      const TensorInfo& info = model.checkpoint.tensors[selection.tensors[i]];
      const std::string before = model.bytes(selection.tensors[i]);
      const std::vector<double> old = magnitudes(info.dtype, before);
      const std::vector<double> now = magnitudes(info.dtype, pruned.tensors[i]);
      Effect effect;
      for (std::size_t j = 0; j < old.size(); ++j) {
        effect.add(old[j], now[j]);
        total.add(old[j], now[j]);
      }
      CHECK(table.tensors[i] == info.name);
      CHECK(table.levels[level].tensors[i].elements == info.elements);
      check(table.levels[level].tensors[i], effect);
    }
    CHECK(table.levels[level].total.zeroed == pruned.counts.zeroed);
    CHECK(table.levels[level].total.already_zero == pruned.counts.already_zero);
    check(table.levels[level].total, total);
  }
}

}  // namespace

TEST_CASE("a table says what writing will do, for every method") {
  Random random(41);
  const std::vector<PruneAmount> amounts{{0.1}, {0.5}, {0.9}, {0}, {1}};
  for (int round = 0; round < 10; ++round) {
    const std::vector<ModelTensor> tensors = random_model(random, prunable_names(), 3'000);
    check_table(tensors, {.amounts = amounts}, random);
    check_table(tensors, {.scope = PruneScope::row, .amounts = amounts}, random);
    check_table(tensors, {.method = PruneMethod::random, .amounts = amounts}, random);
    check_table(tensors, {.method = PruneMethod::nm}, random);
    check_table(tensors, {.method = PruneMethod::columns, .amounts = amounts}, random);
  }
}

TEST_CASE("a table's figures follow from its sums") {
  const TempFolder folder;
  const std::vector<float> a{3, -4, 0, 12};
  const std::vector<float> b{84, 0, 0, 0};
  OpenModel model(write_model(folder, {{"a", "F32", {4}, bytes_of(a)}, {"b", "F32", {4}, bytes_of(b)}}, 2));
  const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
  const PruneOptions options{.amounts = {{0.75}, {0}, {0, 2}}};
  const PrunePlan plan = plan_prune(model.checkpoint, model.files, selection, options);
  const PruneTable table = predict_prune(plan, options.amounts, model.files);
  const PruneTableLevel& level = table.levels.at(0);  // 3, 4 and the zeros go
  CHECK(level.sparsity == 0.75);
  CHECK(level.threshold == 4.0);
  CHECK(level.total.zeroed == 6);
  CHECK(level.total.already_zero == 4);
  CHECK(level.total.zeros_after() == 6);
  CHECK(level.total.energy == 169 + 7056);
  CHECK(level.total.removed_energy == 25);
  CHECK(level.tensors.at(0).retained_energy() == 144.0 / 169);
  CHECK(level.tensors.at(0).relative_error() == 5.0 / 13);
  CHECK(level.tensors.at(0).cosine() == 12.0 / 13);
  CHECK(level.tensors.at(0).signal_to_noise_db().value() == Approx(10 * std::log10(169 / 25.0)));
  CHECK(level.hit_hardest() == 0);
  CHECK(level.hit_least() == 0);
  CHECK(level.sizes.empty());

  CHECK_FALSE(table.levels.at(1).threshold);
  CHECK(table.levels.at(1).total.retained_energy() == 1.0);
  CHECK(table.levels.at(1).total.relative_error() == 0.0);
  CHECK(table.levels.at(1).total.cosine() == 1.0);
  CHECK_FALSE(table.levels.at(1).total.signal_to_noise_db());

  CHECK(table.levels.at(2).count == 2);
  CHECK(table.levels.at(2).threshold == 0.0);
  CHECK(table.levels.at(2).tensors.at(0).zeroed == 1);
  CHECK(table.levels.at(2).tensors.at(1).zeroed == 1);
  CHECK(table.levels.at(2).total.signal_to_noise_db() == std::nullopt);
}

TEST_CASE("figures of nothing and of too much are absent or plain") {
  MaskCounts nothing;
  CHECK(nothing.retained_energy() == 1.0);
  CHECK(nothing.relative_error() == 0.0);
  CHECK_FALSE(nothing.cosine());
  CHECK_FALSE(nothing.signal_to_noise_db());
  MaskCounts all;
  all.energy = all.removed_energy = 5;
  CHECK(all.retained_energy() == 0.0);
  CHECK(all.relative_error() == 1.0);
  CHECK_FALSE(all.cosine());
  CHECK(all.signal_to_noise_db() == 0.0);
  MaskCounts overflow;
  overflow.energy = INFINITY;
  CHECK_FALSE(overflow.retained_energy());
  CHECK_FALSE(overflow.relative_error());
  CHECK_FALSE(overflow.signal_to_noise_db());
  CHECK_FALSE(PruneTableLevel{}.hit_hardest());
}

TEST_CASE("a table is the same bits whatever the threads and the way of reading") {
  Random random(42);
  std::vector<ModelTensor> tensors = random_model(random, {"F32", "BF16"}, 3'000);
  tensors.push_back(
      {"large", "F32", {5, 1'000'000}, random_elements(random, "F32", Texture::normal, 5'000'000)});
  const TempFolder folder;
  const std::string path = write_model(folder, tensors, 2);
  const PruneOptions options{.amounts = {{0.5}, {0.95}}};
  std::vector<std::uint64_t> first;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
      OpenModel model(path, io);
      const PruneSelection selection = select_for_pruning(model.checkpoint, PruneSelect::all);
      const PrunePlan plan =
          plan_prune(model.checkpoint, model.files, selection, options, {.threads = threads});
      const PruneTable table = predict_prune(plan, options.amounts, model.files, {.threads = threads});
      std::vector<std::uint64_t> bits;
      for (const PruneTableLevel& level : table.levels) {
        for (const double value : {level.threshold.value(), level.total.energy, level.total.removed_energy})
          bits.push_back(std::bit_cast<std::uint64_t>(value));
        for (const MaskCounts& tensor : level.tensors)
          bits.push_back(std::bit_cast<std::uint64_t>(tensor.removed_energy));
      }
      if (first.empty()) first = bits;
      CHECK(bits == first);
    }
  }
}
