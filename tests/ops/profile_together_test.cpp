#include "weightsieve/ops/profile_together.hpp"

#include <catch2/catch.hpp>

#include <random>

#include "io/temp_folder.hpp"
#include "support/gguf_file.hpp"
#include "support/safetensors_file.hpp"
#include "support/thread_team.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/profile/profile_json.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text)
    c = static_cast<char>(random() % 64);
  return text;
}

/// Tensors that are cut, small ones, and two of the same bytes.
std::string write_model(const TempFolder& folder) {
  SafetensorsWriter writer;
  writer.add("a.weight", "F32", {1500, 1024}, random_text(1500 * 4096, 1));
  writer.add("b.weight", "BF16", {1200, 1024}, random_text(1200 * 2048, 2));
  writer.add("c.weight", "BF16", {1200, 1024}, random_text(1200 * 2048, 2));
  for (int i = 0; i < 50; ++i)
    writer.add("bias." + std::to_string(i), "F32", {10}, random_text(40, 3));
  return folder.write("model.safetensors", writer.file());
}

std::string json_of(const CheckpointProfile& profile) {
  std::string text;
  write_profile_json(profile, [&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace

TEST_CASE("ranks together make the bytes that one process makes") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  for (const auto method : {QuantileChoice::automatic, QuantileChoice::exact}) {
    StatsOptions stats;
    stats.quantile_method = method;
    const CheckpointProfile alone = profile_checkpoint(model, stats);
    CHECK_FALSE(alone.findings.empty());
    for (const unsigned ranks : {1u, 2u, 3u, 5u}) {
      std::vector<std::string> made(ranks);
      const auto ends = run_team(ranks, [&](Team& team) {
        const auto profile = profile_together(team, model, stats, {}, {.threads = 1 + ranks % 2});
        if (profile) made[team.rank()] = json_of(*profile);
      });
      CHECK(made[0] == json_of(alone));
      for (unsigned rank = 1; rank < ranks; ++rank)
        CHECK(made[rank].empty());
    }
  }
}

TEST_CASE("ranks together measure the scales of blocks that one process measures") {
  const TempFolder folder;
  GgufFile file;
  file.tensors = {{"a.weight", {1024, 3500}, 3, random_text(3500 * 32 * 20, 1)},  // Q4_1
                  {"b.weight", {256, 3}, 12, random_text(3 * 144, 2)},            // Q4_K
                  {"c.weight", {2048, 1700}, 12, random_text(1700 * 8 * 144, 3)}};
  const std::string model = folder.write("model.gguf", file.file());
  const CheckpointProfile alone = profile_checkpoint(model);
  for (const TensorProfile& tensor : alone.tensors)
    CHECK(tensor.scales.size() == 2);
  for (const unsigned ranks : {2u, 3u, 5u}) {
    std::string made;
    run_team(ranks, [&](Team& team) {
      const auto profile = profile_together(team, model, {}, {}, {.threads = 1 + ranks % 2});
      if (profile) made = json_of(*profile);
    });
    CHECK(made == json_of(alone));
  }
}

TEST_CASE("a checkpoint that differs between ranks, or cannot be read, is an error everywhere") {
  const TempFolder folder, other;
  const std::string model = write_model(folder);
  SafetensorsWriter writer;
  writer.add("a.weight", "F32", {10}, std::string(40, '\1'));
  const std::string another = other.write("model.safetensors", writer.file());
  for (const std::string& second : {another, other / "missing.safetensors"}) {
    const auto ends = run_team(
        3, [&](Team& team) { profile_together(team, team.rank() == 1 ? second : model, {}, {}, {}); });
    for (const auto& end : ends)
      CHECK_THROWS_AS(std::rethrow_exception(end), Error);
  }
}
