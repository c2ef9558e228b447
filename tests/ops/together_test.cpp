// What ranks do together, rank by rank in threads of one process: the same bytes as one process alone.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "io/temp_folder.hpp"
#include "ops/write_checkpoint.hpp"
#include "support/safetensors_file.hpp"
#include "support/thread_team.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/weightsieve.hpp"

using namespace weightsieve;
using namespace weightsieve::test;

namespace {

namespace fs = std::filesystem;

/// Values near 0, many of them equal, and a few that are no numbers.
std::string values(const std::string& dtype, std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const float value = static_cast<float>(static_cast<int>(random() % 4001) - 2000) / 4096;
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (random() % 5000 == 0) bits = 0x7F80'0000;
    if (dtype == "F32") bits ^= random() % 3 == 0 ? 1u : 0u;
    text += dtype == "F32" ? bytes_of(bits) : bytes_of(static_cast<std::uint16_t>(bits >> 16));
  }
  return text;
}

/// A tensor that is cut, others, and many small ones.
std::string write_model(const TempFolder& folder, const std::string& name, unsigned seed) {
  SafetensorsWriter writer;
  writer.add("layers.0.weight", "F32", {1100, 1024}, values("F32", std::size_t{1100} * 1024, seed));
  writer.add("layers.1.weight", "BF16", {1200, 1024}, values("BF16", std::size_t{1200} * 1024, 2));
  writer.add("layers.2.weight", "BF16", {300, 256}, values("BF16", std::size_t{300} * 256, 3 + seed % 2));
  for (int i = 0; i < 40; ++i)
    writer.add("layers." + std::to_string(i) + ".bias", i % 2 ? "F32" : "BF16", {20},
               values(i % 2 ? "F32" : "BF16", 20, static_cast<unsigned>(i)));
  writer.add(seed % 2 ? "old" : "new", "F32", {7, 9}, values("F32", 63, 77));
  return folder.write(name, writer.file());
}

std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

/// What rank 0 says; every rank must end well.
std::string said_by_ranks(unsigned ranks, const std::function<std::string(const RunControl&)>& work) {
  std::string said;
  const auto ends = run_team(ranks, [&](Team& team) {
    const std::string mine = work({.threads = 1 + team.rank() % 2, .team = &team});
    if (team.rank() == 0) said = mine;
  });
  for (const auto& end : ends)
    if (end) std::rethrow_exception(end);
  return said;
}

void check_alike(const std::function<std::string(const RunControl&)>& work) {
  const std::string alone = work({.threads = 2});
  CHECK_FALSE(alone.empty());
  for (const unsigned ranks : {1u, 2u, 3u, 5u})
    CHECK(said_by_ranks(ranks, work) == alone);
}

std::string json_of(const ProfileDiff& diff) {
  std::string text;
  write_comparison(diff, Format::json, {}, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string json_of(const PruneTable& table) {
  std::string text;
  write_prune_table(table, Format::json, {}, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string text_of(const Verification& result) {
  std::string text = result.name + " " + std::to_string(result.bytes) + "\n";
  for (const auto* findings : {&result.errors, &result.warnings})
    for (const VerifyFinding& finding : *findings)
      text += Error(ErrorCode::malformed, finding.message, finding.place).what() + std::string("\n");
  return text;
}

}  // namespace

TEST_CASE("ranks compare as one process does") {
  const TempFolder folder;
  const std::string a = write_model(folder, "a.safetensors", 1), b = write_model(folder, "b.safetensors", 2);
  const std::string profile = folder / "a.json";
  {
    std::ofstream out(profile);
    write_profile_json(profile_checkpoint(a), [&out](std::string_view piece) { out << piece; });
  }
  for (const std::string& first : {a, profile})
    check_alike([&](const RunControl& control) { return json_of(compare(first, b, {}, {}, control)); });
  check_alike([&](const RunControl& control) { return json_of(compare(a, b, {1e-4}, {}, control)); });
}

TEST_CASE("ranks find the thresholds, lines and effects that one process finds") {
  const TempFolder folder;
  const std::string model = write_model(folder, "model.safetensors", 1);
  std::vector<PruneRequest> requests(6);
  for (PruneRequest& request : requests)
    request.options.amounts = {{0, {}}, {0.3, {}}, {1, {}}, {0, 1000}};
  requests[1].options.scope = PruneScope::tensor;
  requests[2].options.scope = PruneScope::row;
  requests[3].options.method = PruneMethod::random;
  requests[4].options.method = PruneMethod::columns;
  requests[5].options.method = PruneMethod::nm;
  for (const int scoped : {1, 2, 4})
    requests[static_cast<std::size_t>(scoped)].options.amounts.pop_back();
  for (const PruneRequest& request : requests)
    check_alike(
        [&](const RunControl& control) { return json_of(predict_pruning(model, request, 1, control)); });
}

TEST_CASE("ranks write the files that one process writes, and restore them") {
  const TempFolder folder;
  const std::string model = write_model(folder, "model.safetensors", 1);
  PruneRequest request;
  request.options.amounts = {{0.5, {}}};
  int runs = 0;
  for (const Encoding encoding : {Encoding::dense, Encoding::zst, Encoding::packed}) {
    const WriteOptions options{.encoding = encoding};
    const std::string pruned = folder / ("pruned" + std::to_string(++runs));
    prune_checkpoint(model, {pruned}, request, options);
    const auto alone = content_of(pruned);
    for (const unsigned ranks : {1u, 2u, 3u, 5u}) {
      const std::string out = folder / ("out" + std::to_string(++runs));
      said_by_ranks(ranks, [&](const RunControl& control) {
        prune_checkpoint(model, {out}, request, options, control);
        return "";
      });
      CHECK(content_of(out) == alone);
    }
    if (encoding == Encoding::dense) continue;
    const std::string restored = folder / ("restored" + std::to_string(++runs));
    unpack_checkpoint(pruned, restored);
    for (const unsigned ranks : {2u, 3u}) {
      const std::string out = folder / ("again" + std::to_string(++runs));
      said_by_ranks(ranks, [&](const RunControl& control) {
        unpack_checkpoint(pruned, out, {}, control);
        return "";
      });
      CHECK(content_of(out) == content_of(restored));
    }
  }
}

TEST_CASE("a run that one number of ranks began and another goes on with ends with the same bytes") {
  const TempFolder folder;
  const std::string model = write_model(folder, "model.safetensors", 1);
  for (const Encoding encoding : {Encoding::dense, Encoding::zst, Encoding::packed}) {
    WriteOptions options{.encoding = encoding, .existing = Leftover::resume};
    const std::string name = std::string(to_string(encoding));
    pack_checkpoint(model, folder / ("whole" + name), options);
    const auto whole = content_of(folder / ("whole" + name));
    const std::string out = folder / ("out" + name);
    for (const unsigned ranks : {3u, 1u, 2u, 5u}) {
      CancelToken cancel;
      const auto ends = run_team(ranks, [&](Team& team) {
        RunControl control{.cancel = &cancel, .team = &team};
        if (ranks != 5)
          control.progress = [&](const Progress& progress) {
            if (progress.done_bytes * 2 > progress.total_bytes) cancel.cancel();
          };
        pack_checkpoint(model, out, options, control);
      });
      if (ranks == 5 && ends[0]) std::rethrow_exception(ends[0]);
    }
    CHECK(content_of(out) == whole);
  }
}

TEST_CASE("what the journal vouches for in the midst of a file is gone on with, by whoever comes next") {
  const TempFolder folder;
  SafetensorsWriter writer;
  for (int i = 0; i < 40; ++i)  // a segment each
    writer.add("w" + std::to_string(i), i % 2 ? "F32" : "U32", {40'001},
               values("F32", 40'001, static_cast<unsigned>(i)));
  const std::string model = folder.write("model.safetensors", writer.file());
  const Checkpoint checkpoint = open_checkpoint(model);
  for (const Encoding encoding : {Encoding::dense, Encoding::zst, Encoding::packed}) {
    const std::string name(to_string(encoding));
    std::uint64_t left = 0;
    const auto write = [&](const std::string& out, Team* team, double until) {
      SourcePool files = open_files(checkpoint, IoMode::automatic);
      CancelToken cancel;
      const auto watch = [&](const Progress& progress) {
        if (progress.pass != "writing") return;
        left = progress.total_bytes;
        if (static_cast<double>(progress.done_bytes) >= until * static_cast<double>(left)) cancel.cancel();
      };
      RunControl control{.threads = 1, .cancel = &cancel, .team = team};
      if (team == nullptr || team->rank() == 0) control.progress = watch;
      WriteTask task{checkpoint, files, model, out, "test"};
      task.note_bytes = std::uint64_t{200} << 10;
      write_checkpoint(task, {.encoding = encoding, .existing = Leftover::resume}, control);
    };
    write(folder / ("whole" + name), nullptr, 2);
    const auto whole = content_of(folder / ("whole" + name));
    const std::string out = folder / ("out" + name);
    std::uint64_t before = UINT64_MAX;
    for (const unsigned ranks : {3u, 0u, 2u, 5u}) {  // 0: alone
      const bool last = ranks == 5;
      if (ranks == 0) {
        CHECK_THROWS_AS(write(out, nullptr, 0.4), Error);
      } else {
        const auto ends = run_team(ranks, [&](Team& team) { write(out, &team, last ? 2 : 0.4); });
        for (const auto& end : ends)
          CHECK((end == nullptr) == last);
      }
      CHECK(left < before);
      before = left;
    }
    CHECK(content_of(out) == whole);
  }
}

TEST_CASE("ranks verify as one process does, whatever is damaged") {
  const TempFolder folder;
  const std::string model = write_model(folder, "model.safetensors", 1);
  const std::string packed = folder / "packed";
  pack_checkpoint(model, packed);
  const auto verified = [&](const std::string& path) {
    check_alike([&](const RunControl& control) { return text_of(verify_checkpoint(path, {}, {}, control)); });
    return verify_checkpoint(path).errors.size();
  };
  CHECK(verified(model) == 0);
  CHECK(verified(packed) == 0);
  const std::string file = packed + "/model.packed.safetensors";
  const auto size = fs::file_size(file);
  for (const auto at : {size / 5, size / 2, size * 9 / 10}) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(at));
    const char old = static_cast<char>(bytes.get());
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(~old));
  }
  CHECK(verified(packed) >= 2);
}

TEST_CASE("what one rank cannot read fails on every rank, and nothing is left behind") {
  const TempFolder folder, other;
  const std::string model = write_model(folder, "model.safetensors", 1);
  const std::string another = write_model(other, "model.safetensors", 2);
  for (const std::string& second : {another, other / "missing.safetensors"}) {
    const auto ends = run_team(3, [&](Team& team) {
      const RunControl control{.team = &team};
      pack_checkpoint(team.rank() == 1 ? second : model, folder / "out", {}, control);
    });
    for (const auto& end : ends)
      CHECK_THROWS_AS(std::rethrow_exception(end), Error);
    CHECK_FALSE(fs::exists(folder / "out"));
  }
}
