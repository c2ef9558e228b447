// A profile that is stopped anywhere and gone on with is the one that nothing happened to.

#include <catch2/catch.hpp>

#include <filesystem>
#include <random>

#include "io/temp_folder.hpp"
#include "support/gguf_file.hpp"
#include "support/part_text.hpp"
#include "support/safetensors_file.hpp"
#include "support/thread_team.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/ops/profile_together.hpp"
#include "weightsieve/profile/profile_json.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

namespace fs = std::filesystem;

std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text)
    c = static_cast<char>(random() % 64);
  return text;
}

/// Tensors of many chunks, whole ones, small ones, two of the same bytes and one with dead rows.
std::string write_model(const TempFolder& folder, unsigned seed = 1) {
  SafetensorsWriter writer;
  writer.add("a.weight", "F32", {3500, 1024}, random_text(3500 * 4096, seed));
  writer.add("b.weight", "BF16", {1200, 1024}, random_text(1200 * 2048, 2));
  writer.add("c.weight", "BF16", {1200, 1024}, random_text(1200 * 2048, 2));
  writer.add("d.weight", "F32", {300, 1024}, random_text(300 * 4096, 4));
  writer.add("e.weight", "F16", {1500, 1024}, std::string(4096, '\0') + random_text(1498 * 2048, 5));
  writer.add("f.weight", "I32", {1100, 1024}, random_text(1100 * 4096, 6));
  for (int i = 0; i < 50; ++i)
    writer.add("bias." + std::to_string(i), i % 2 == 0 ? "F32" : "I64", {10},
               random_text(i % 2 == 0 ? 40 : 80, 3));
  return folder.write("model.safetensors", writer.file());
}

std::string any_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes)
    c = static_cast<char>(random() % 256);
  return bytes;
}

constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;
constexpr std::uint64_t kLastChunks = 3;

/// Tensors in blocks: a small one, one of two chunks, one of eight, and one of three.
std::string write_blocks(const TempFolder& folder) {
  GgufFile file;
  file.tensors = {{"a.weight", {256, 5}, 3, any_bytes(40 * 20, 1)},                              // Q4_1
                  {"b.weight", {1024, 2048}, 3, any_bytes(2 * kChunk / 32 * 20, 2)},             // Q4_1
                  {"c.weight", {2048, 4096}, 12, any_bytes(8 * kChunk / 256 * 144, 3)},          // Q4_K
                  {"d.weight", {1024, 3072}, 8, any_bytes(kLastChunks * kChunk / 32 * 34, 4)}};  // Q8_0
  return folder.write("model.gguf", file.file());
}

std::string json_of(const CheckpointProfile& profile) {
  std::string text;
  write_profile_json(profile, [&text](std::string_view piece) { text += piece; });
  return text;
}

/// Cancels when so many reports of progress have come; in all passes together.
struct Stop {
  explicit Stop(int reports) : left(reports) {}
  RunControl control(unsigned threads) {
    return {.threads = threads,
            .progress =
                [this](const Progress&) {
                  if (--left == 0) token.cancel();
                },
            .cancel = &token};
  }
  int left;
  CancelToken token;
};

StatsOptions stats_of(QuantileChoice method) {
  StatsOptions stats;
  stats.quantile_method = method;
  return stats;
}

/// Runs until it is stopped; whether it was.
template <class Run>
bool is_stopped(Run run) {
  try {
    run();
    return false;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::cancelled);
    return true;
  }
}

}  // namespace

TEST_CASE("a profile that is stopped anywhere ends with the bytes of one that is not") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string path = folder / "p.json.journal";
  const auto method = GENERATE(QuantileChoice::automatic, QuantileChoice::exact, QuantileChoice::reservoir);
  const StatsOptions stats = stats_of(method);
  const std::string whole = json_of(profile_checkpoint(model, stats));
  int runs = 0;
  std::string made;
  for (int reports = 1; made.empty(); reports += 9) {
    // Each goes on where the one before was stopped, on another number of threads.
    ProfileJournal journal(path, runs == 0 ? Leftover::refuse : Leftover::resume, {model});
    Stop stop(reports);
    if (!is_stopped([&] {
          made = json_of(profile_checkpoint(model, stats, {}, stop.control(1 + runs % 3), &journal));
        }))
      journal.remove();
    ++runs;
  }
  CHECK(runs > 2);
  CHECK(made == whole);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("what is kept is not read again") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string path = folder / "journal";
  ProfileJournal first(path, Leftover::refuse, {model});
  Stop stop(8);
  REQUIRE(is_stopped([&] { profile_checkpoint(model, {}, {}, stop.control(1), &first); }));
  first = ProfileJournal(path, Leftover::resume, {model});
  std::uint64_t left = 0;
  const RunControl control{.threads = 1, .progress = [&](const Progress& progress) {
                             if (progress.pass == "counting") left = progress.total_bytes;
                           }};
  profile_checkpoint(model, {}, {}, control, &first);
  CHECK(left > 0);
  CHECK(left < fs::file_size(model) / 2);
}

TEST_CASE("a part that is stopped anywhere ends with the bytes of one that is not") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  for (unsigned index = 0; index < 3; ++index) {
    const auto part_with = [&](const RunControl& control, ProfileJournal* journal) {
      return part_of(model, {index, 3}, control, journal);
    };
    const std::string whole = part_with({}, nullptr);
    const std::string path = folder / ("part.journal" + std::to_string(index));
    std::string made;
    int runs = 0;
    for (; made.empty(); ++runs) {
      ProfileJournal journal(path, Leftover::resume, {model});
      Stop stop(1 + runs % 2);
      is_stopped([&] { made = part_with(stop.control(1 + runs % 3), &journal); });
    }
    CHECK(runs > 1);
    CHECK(made == whole);
  }
}

TEST_CASE("ranks that are stopped are gone on with by any number of ranks") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string path = folder / "p.json.journal";
  StatsOptions stats;
  stats.quantile_method = GENERATE(QuantileChoice::automatic, QuantileChoice::exact);
  const std::string whole = json_of(profile_checkpoint(model, stats));
  const unsigned last = GENERATE(0u, 1u, 4u);  // 0: one process that is none of a team
  for (const unsigned ranks : {3u, 2u, 5u}) {
    run_team(ranks, [&](Team& team) {
      ProfileJournal journal(path, Leftover::resume, {model}, team.rank());
      Stop stop(team.rank() == ranks - 1 ? 2 : 100'000);
      profile_together(team, model, stats, {}, stop.control(1), &journal);
    });
    CHECK(fs::exists(path + "." + std::to_string(ranks - 1)));
  }
  std::string made;
  const auto finish = [&](Team* team) {
    ProfileJournal journal(path, Leftover::resume, {model}, team != nullptr ? team->rank() : 0);
    std::optional<CheckpointProfile> profile =
        team != nullptr ? profile_together(*team, model, stats, {}, {}, &journal)
                        : std::optional(profile_checkpoint(model, stats, {}, {}, &journal));
    if (profile) made = json_of(*profile);
    if (profile) journal.remove();
  };
  if (last == 0) finish(nullptr);
  if (last != 0) run_team(last, [&](Team& team) { finish(&team); });
  CHECK(made == whole);
  for (const auto& entry : fs::directory_iterator(folder / ""))
    CHECK(entry.path().filename() == "model.safetensors");
}

TEST_CASE("a tensor in blocks is gone on with in its midst, its scales too") {
  const TempFolder folder;
  const std::string model = write_blocks(folder);
  const CheckpointProfile whole = profile_checkpoint(model);
  REQUIRE(whole.tensors.size() == 4);
  for (const TensorProfile& tensor : whole.tensors)
    CHECK(tensor.scales.size() == block_type_info(tensor.info.blocks).scales.size());
  const std::string path = folder / "journal";
  const std::uint64_t last = whole.tensors[3].info.bytes;
  const std::uint64_t before = whole.tensors[0].info.bytes + whole.tensors[1].info.bytes;
  CancelToken token;
  const RunControl stopped{.threads = 1,
                           .progress =
                               [&](const Progress& progress) {
                                 if (progress.done_bytes > before + 3 * kChunk * sizeof(float))
                                   token.cancel();
                               },
                           .cancel = &token};
  ProfileJournal journal(path, Leftover::refuse, {model});
  REQUIRE(is_stopped([&] { profile_checkpoint(model, {}, {}, stopped, &journal); }));
  for (const unsigned threads : {1u, 3u}) {
    fs::copy_file(path, path + std::to_string(threads));
    journal = ProfileJournal(path + std::to_string(threads), Leftover::resume, {model});
    std::uint64_t left = 0;
    const RunControl control{.threads = threads, .progress = [&](const Progress& progress) {
                               if (progress.pass == "counting") left = progress.total_bytes;
                             }};
    CHECK(json_of(profile_checkpoint(model, {}, {}, control, &journal)) == json_of(whole));
    CHECK(left > last);
    CHECK(left < last + whole.tensors[2].info.bytes);
  }
}

TEST_CASE("parts of tensors in blocks are gone on with from anywhere") {
  const TempFolder folder;
  const std::string model = write_blocks(folder);
  for (unsigned index = 0; index < 3; ++index) {
    const auto part_with = [&](const RunControl& control, ProfileJournal* journal) {
      return part_of(model, {index, 3}, control, journal);
    };
    const std::string whole = part_with({}, nullptr);
    for (int reports = 1; reports <= 3; ++reports) {
      const std::string path = folder / ("journal" + std::to_string(index) + std::to_string(reports));
      ProfileJournal journal(path, Leftover::refuse, {model});
      Stop stop(reports);
      REQUIRE(is_stopped([&] { part_with(stop.control(1), &journal); }));
      journal = ProfileJournal(path, Leftover::resume, {model});
      CHECK(part_with({.threads = 2}, &journal) == whole);
    }
  }
}

TEST_CASE("several checkpoints of one output go on in the one that was stopped") {
  const TempFolder folder, second_folder;
  const std::string first = write_model(folder, 1);
  const std::string second = write_model(second_folder, 9);
  const std::string path = folder / "journal";
  const auto expected = json_of(profile_checkpoint(first)) + json_of(profile_checkpoint(second));
  const auto both = [&](int reports) {
    ProfileJournal journal(path, Leftover::resume, {first, second});
    Stop stop(reports);
    std::string text;
    for (const std::string& model : {first, second})
      text += json_of(profile_checkpoint(model, {}, {}, stop.control(2), &journal));
    return text;
  };
  REQUIRE(is_stopped([&] { both(4); }));
  REQUIRE(is_stopped([&] { both(25); }));
  CHECK(both(100'000) == expected);
}

TEST_CASE("a journal of another run is not gone on with") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string path = folder / "journal";
  const auto run = [&](Leftover leftover, const StatsOptions& stats, std::vector<std::string> inputs) {
    ProfileJournal journal(path, leftover, std::move(inputs));
    Stop stop(6);
    profile_checkpoint(model, stats, {}, stop.control(1), &journal);
  };
  const auto refuses = [&](auto... arguments) {
    try {
      run(arguments...);
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::unwritable && error.place().file == path;
    }
  };
  REQUIRE(is_stopped([&] { run(Leftover::refuse, {}, {model}); }));
  CHECK(refuses(Leftover::refuse, StatsOptions{}, std::vector{model}));
  CHECK(refuses(Leftover::resume, stats_of(QuantileChoice::exact), std::vector{model}));
  CHECK(refuses(Leftover::resume, StatsOptions{}, std::vector{model, model}));
  SECTION("of a file that changed since") {
    fs::last_write_time(model, fs::file_time_type::clock::now() + std::chrono::seconds(5));
    CHECK(refuses(Leftover::resume, StatsOptions{}, std::vector{model}));
  }
  SECTION("but thrown away with discard") {
    CHECK(is_stopped([&] { run(Leftover::discard, stats_of(QuantileChoice::exact), {model}); }));
  }
}

TEST_CASE("a file of somebody else beside the output is left alone") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string path = folder.write("journal", "dear diary,\nnothing happened today\n");
  for (const auto leftover : {Leftover::refuse, Leftover::resume, Leftover::discard}) {
    ProfileJournal journal(path, leftover, {model});
    CHECK_THROWS_AS(profile_checkpoint(model, {}, {}, {}, &journal), Error);
    CHECK(fs::file_size(path) == 35);
  }
}

TEST_CASE("of a journal cut or damaged anywhere, what is whole is gone on with") {
  const TempFolder folder;
  const std::string model = write_model(folder);
  const std::string path = folder / "journal";
  const std::string whole = json_of(profile_checkpoint(model));
  for (int reports = 3; reports <= 9; reports += 3) {
    ProfileJournal journal(path, Leftover::resume, {model});
    Stop stop(3);
    REQUIRE(is_stopped([&] { profile_checkpoint(model, {}, {}, stop.control(1), &journal); }));
  }
  std::string text(fs::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(text.data(), static_cast<std::streamsize>(text.size()));
  std::mt19937 random(1);
  for (int i = 0; i < 8; ++i) {
    std::string bad = text.substr(0, text.size() * static_cast<std::size_t>(i) / 8 + random() % 100);
    if (i % 2 == 1 && bad.size() > 200) bad[100 + random() % (bad.size() - 100)] ^= 4;
    folder.write_anew("journal", bad);
    ProfileJournal journal(path, Leftover::resume, {model});
    CHECK(json_of(profile_checkpoint(model, {}, {}, {}, &journal)) == whole);
  }
}
