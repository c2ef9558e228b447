// Distributed PyTorch checkpoints: how tensors are put together from chunks, and what is refused.
#include <catch2/catch.hpp>

#include "format/chunk_cover.hpp"
#include "format/verdict.hpp"
#include "support/dcp_folder.hpp"
#include "support/elements.hpp"

namespace weightsieve::test {
namespace {

using dcp::floats;
using dcp::two_rows;

/// REJECT by this rule, wherever.
void refuses(const dcp::Checkpoint& checkpoint, std::string_view rule, std::string_view said = {}) {
  const TempFolder folder;
  const std::string path = checkpoint.write(folder);
  std::string first;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    const Verdict verdict = open_once(path, {io, false});
    REQUIRE(verdict.error.has_value());
    INFO(verdict.error->what());
    CHECK(verdict.error->code() == ErrorCode::malformed);
    CHECK(verdict.error->place().rule == rule);
    CHECK(verdict.error->place().file.starts_with(folder / ""));
    CHECK(std::string_view(verdict.error->what()).find(said) != std::string_view::npos);
    if (!first.empty()) CHECK(first == verdict.error->what());
    first = verdict.error->what();
  }
}

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(i);
  return values;
}

TEST_CASE("chunks in several files are one tensor") {
  const TempFolder folder;
  const Checkpoint checkpoint = accepts(two_rows().write(folder));
  REQUIRE(checkpoint.tensors.size() == 1);
  CHECK(checkpoint.tensors[0].name == "w");
  CHECK(checkpoint.tensors[0].shape == Shape{4, 2});
  for (const std::uint64_t step : {1, 3, 8})
    CHECK(elements(checkpoint, 0, step) == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(checkpoint.format == "dcp");
  CHECK(checkpoint.files.size() == 3);
}

TEST_CASE("its metadata stands for the folder") {
  const TempFolder folder;
  two_rows().write(folder);
  const Checkpoint checkpoint = accepts(folder / ".metadata");
  CHECK(checkpoint.tensors.size() == 1);
  CHECK(folder / "" == std::filesystem::temp_directory_path() / checkpoint.name / "");
}

TEST_CASE("any boxes that fill a tensor, listed in any order, are put together") {
  // A grid of 2 × 3, and five boxes that are the parts of none.
  const std::vector<std::vector<dcp::Chunk>> cuts{{{{0, 0}, {2, 1}, {}},
                                                   {{0, 1}, {2, 3}, {}},
                                                   {{2, 0}, {3, 1}, {}},
                                                   {{2, 4}, {3, 1}, {}},
                                                   {{0, 4}, {2, 1}, {}},
                                                   {{2, 1}, {3, 3}, {}}},
                                                  {{{0, 0}, {2, 3}, {}},
                                                   {{0, 3}, {3, 2}, {}},
                                                   {{3, 2}, {2, 3}, {}},
                                                   {{2, 0}, {3, 2}, {}},
                                                   {{2, 2}, {1, 1}, {}}}};
  for (const std::vector<dcp::Chunk>& cut : cuts) {
    dcp::Tensor tensor{"w", {5, 5}, cut};
    for (std::size_t i = 0; i < tensor.chunks.size(); ++i) {
      dcp::Chunk& chunk = tensor.chunks[i];
      std::vector<float> values;
      for (std::int64_t row = 0; row < chunk.sizes[0]; ++row)
        for (std::int64_t column = 0; column < chunk.sizes[1]; ++column)
          values.push_back(static_cast<float>((chunk.begin[0] + row) * 5 + chunk.begin[1] + column));
      chunk.archive = floats(chunk.sizes, values);
      chunk.file = "__" + std::to_string(i % 3) + "_0.distcp";
    }
    const TempFolder folder;
    const Checkpoint checkpoint = accepts(dcp::Checkpoint({tensor}).write(folder));
    for (const std::uint64_t step : {1, 4, 7, 25})
      CHECK(elements(checkpoint, 0, step) == counted(25));
  }
}

TEST_CASE("a chunk whose elements stand in another order") {
  using namespace pickle;
  const std::string turned =
      archive(whole(tensor(storage("0", 6), 0, {2, 3}, {1, 2})), {{"0", bytes_of(counted(6))}}).file();
  const TempFolder folder;
  const Checkpoint checkpoint =
      accepts(dcp::Checkpoint({{"w", {2, 3}, {{{0, 0}, {2, 3}, turned}}}}).write(folder));
  CHECK(elements(checkpoint, 0, 4) == std::vector<float>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("scalars and empty tensors") {
  const TempFolder folder;
  const dcp::Checkpoint written(
      {{"s", {}, {{{}, {}, floats({}, {7})}}}, {"e", {0, 3}, {{{0, 0}, {0, 3}, floats({0, 3}, {})}}}});
  const Checkpoint checkpoint = accepts(written.write(folder));
  CHECK(elements(checkpoint, 0, 1) == std::vector<float>{7});
  CHECK(checkpoint.tensors[1].elements == 0);
}

TEST_CASE("without its metadata the save was interrupted") {
  const TempFolder folder;
  const std::string path = two_rows().write(folder);
  std::filesystem::remove(folder / ".metadata");
  rejects(path, "DCP-INCOMPLETE", std::nullopt);
  CHECK(std::string(open_once(path, {}).error->what()).find("interrupted") != std::string::npos);
}

TEST_CASE("one of its files alone is refused, with what to name instead") {
  const TempFolder folder;
  two_rows().write(folder);
  const std::string part = folder / "__0_0.distcp";
  rejects(part, "DCP-PART", std::nullopt);
  CHECK(std::string(open_once(part, {}).error->what()).find("name its folder") != std::string::npos);
  std::filesystem::remove(folder / ".metadata");
  rejects(part, "DCP-PART", std::nullopt);
  CHECK(std::string(open_once(part, {}).error->what()).find("no .metadata") != std::string::npos);
  // Of several chunks, archives one after another.
  folder.write("__0_0.distcp", dcp::floats({2}, {1, 2}) + dcp::floats({2}, {3, 4}));
  rejects(part, "DCP-PART", std::nullopt);
}

TEST_CASE("metadata of ranks instead of one for all: of one rank it is read") {
  const TempFolder folder;
  const std::string path = two_rows().write(folder);
  std::filesystem::rename(folder / ".metadata", folder / "__0.metadata");
  CHECK(elements(accepts(path)) == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(elements(accepts(folder / "__0.metadata")).size() == 8);
  folder.write("__1.metadata", two_rows().metadata());
  rejects(path, "DCP-RANKS", std::nullopt);
  CHECK(std::string(open_once(path, {}).error->what()).find("use_collectives=False") != std::string::npos);
}

TEST_CASE("a file that is missing is named") {
  const TempFolder folder;
  const std::string path = two_rows().write(folder);
  std::filesystem::remove(folder / "__1_0.distcp");
  rejects(path, "SHARD-MISSING", std::nullopt);
  CHECK(std::string(open_once(path, {}).error->what()).find("\"__1_0.distcp\"") != std::string::npos);
}

TEST_CASE("files are named by plain names") {
  for (const std::string_view name : {"../x.distcp", "/etc/passwd", "a/b", "..", "", ".metadata", "c:\\x"}) {
    dcp::Checkpoint checkpoint = two_rows();
    checkpoint.places[1].second = dcp::place(name, 0, 10);
    refuses(checkpoint, "DCP-PATH");
  }
}

TEST_CASE("chunks that do not fill their tensor, each element once") {
  const auto with = [](const dcp::Sizes& sizes, std::vector<dcp::Chunk> chunks) {
    for (dcp::Chunk& chunk : chunks)
      chunk.archive = floats(chunk.sizes, counted(4));
    return dcp::Checkpoint({{"w", sizes, chunks}});
  };
  refuses(with({5, 2}, {{{0, 0}, {2, 2}, {}}, {{2, 0}, {2, 2}, {}}}), "DCP-CHUNK", "8 elements");
  refuses(with({4, 2}, {{{0, 0}, {2, 2}, {}}}), "DCP-CHUNK", "4 elements");
  refuses(with({3, 2}, {{{0, 0}, {2, 2}, {}}, {{1, 0}, {2, 2}, {}}}), "DCP-CHUNK", "overlap");
  refuses(with({4, 4}, {{{0, 0}, {4, 3}, {}}, {{2, 2}, {2, 2}, {}}}), "DCP-CHUNK", "overlap");
  refuses(with({4, 2}, {}), "DCP-CHUNK");
  refuses(with({3, 2}, {{{2, 0}, {2, 2}, {}}}), "DCP-CHUNK", "not inside");
  refuses(with({4}, {{{0, 0}, {2, 2}, {}}}), "DCP-CHUNK", "not inside");
  refuses(with({1LL << 62, 1LL << 62}, {}), "DCP-CHUNK", "2^64");
  refuses(with({4, 2}, {{{-1, 0}, {2, 2}, {}}}), "DCP-METADATA");
}

TEST_CASE("chunks over each other are found wherever they lie") {
  const auto cells = [](std::uint64_t rows, std::uint64_t columns) {
    std::vector<format::DcpChunk> all;
    for (std::uint64_t i = 0; i < rows * columns; ++i)
      all.push_back({{i / columns * 3, i % columns * 5}, {3, 5}});
    return all;
  };
  CHECK_FALSE(format::cover_fault({30, 50}, cells(10, 10)));
  CHECK_FALSE(format::cover_fault({3, 50'000}, cells(1, 10'000)));
  for (const std::size_t moved : {0, 17, 99}) {
    auto chunks = cells(10, 10);
    chunks[moved].begin = {3, 6};
    CHECK(format::cover_fault({30, 50}, chunks).has_value());
  }
  // A stairway of which each step lies beside all others along either dimension.
  std::vector<format::DcpChunk> stairs;
  for (std::uint64_t i = 0; i < 40'000; ++i)
    stairs.push_back({{i, 0}, {40'000 - i, 40'000 - i}});
  CHECK(format::cover_fault({40'000, 40'000}, stairs).has_value());
}

TEST_CASE("a chunk that lies nowhere, twice, or over another") {
  dcp::Checkpoint nowhere = two_rows();
  nowhere.places.pop_back();
  refuses(nowhere, "DCP-ITEM");
  dcp::Checkpoint twice = two_rows();
  twice.places.push_back(twice.places.front());
  refuses(twice, "DCP-DUPLICATE");
  dcp::Checkpoint over = two_rows();
  over.places[1].second = over.places[0].second;
  over.files.erase("__1_0.distcp");
  refuses(over, "DCP-ITEM");
  dcp::Checkpoint described = two_rows();
  described.described.push_back(described.described.front());
  refuses(described, "DCP-DUPLICATE");
}

TEST_CASE("chunks beyond the end of their file") {
  dcp::Checkpoint checkpoint = two_rows();
  checkpoint.files["__1_0.distcp"].pop_back();
  refuses(checkpoint, "DCP-TRUNCATED");
  for (const std::int64_t offset : {std::int64_t{1} << 40, std::int64_t{0x7fffffffffffffff}}) {
    checkpoint = two_rows();
    checkpoint.places[1].second = dcp::place("__1_0.distcp", offset, 0x7fffffffffffffff);
    refuses(checkpoint, "DCP-TRUNCATED");
  }
  checkpoint.places[1].second = dcp::place("__1_0.distcp", -1, 10);
  refuses(checkpoint, "DCP-METADATA");
}

TEST_CASE("an archive that holds something else than its chunk") {
  const auto with = [](const std::string& item, const std::string& dtype = "float32") {
    dcp::Tensor tensor{"w", {2, 2}, {{{0, 0}, {2, 2}, item}}, dtype};
    return dcp::Checkpoint({tensor});
  };
  using namespace pickle;
  refuses(with(floats({4}, counted(4))), "DCP-TENSOR");
  refuses(with(floats({2, 2}, counted(4)), "int32"), "DCP-TENSOR");
  refuses(with(archive(whole(tensor(storage("0", 1), 0, {2, 2}, {0, 0})), {{"0", "1234"}}).file()),
          "PT-REPEAT");
  refuses(with(archive(whole(tensor(storage("0", 4), 0, {2, 2}, {2, 1})), {{"0", "1234"}}).file()),
          "PT-RECORD");
  refuses(
      with(archive(whole(tensor(storage("0", 4), 1, {2, 2}, {2, 1})), {{"0", bytes_of(counted(4))}}).file()),
      "PT-VIEW");
  refuses(with("PK"), "ZIP-END");
}

TEST_CASE("what is wrong in a chunk is said of its place in the file") {
  dcp::Checkpoint checkpoint = two_rows();
  const std::string good = checkpoint.files["__0_0.distcp"];
  dcp::Checkpoint both({{"a", {2, 2}, {{{0, 0}, {2, 2}, good}}}, {"b", {2, 2}, {{{0, 0}, {2, 2}, good}}}});
  std::string& file = both.files["__0_0.distcp"];
  file[good.size()] = 'Q';
  const TempFolder folder;
  const Verdict verdict = open_once(both.write(folder), {});
  REQUIRE(verdict.error.has_value());
  INFO(verdict.error->what());
  CHECK(verdict.error->place().offset_bytes == good.size());
  CHECK(verdict.error->place().tensor == "b");
  CHECK(verdict.error->place().file == folder / "__0_0.distcp");
}

TEST_CASE("metadata that is none") {
  const auto with = [](auto change) {
    dcp::Checkpoint checkpoint = two_rows();
    change(checkpoint);
    return checkpoint;
  };
  refuses(with([](auto& c) { c.described[0].second = "K\x05"; }), "DCP-METADATA");
  refuses(with([](auto& c) { c.described[0].second = dcp::object("os", "system", {}); }), "DCP-METADATA");
  refuses(with([](auto& c) { c.places[0].first = "K\x05"; }), "DCP-METADATA");
  refuses(with([](auto& c) { c.places[0].second = "N"; }), "DCP-METADATA");
  refuses(with([](auto& c) { c.places[0].second = dcp::object("x", "_StorageInfo", {}); }), "DCP-METADATA");
  for (const std::string& bytes :
       {pickle::whole(dcp::object(dcp::kModule, "Metadata", {})),
        pickle::whole(pickle::text(dcp::kModule + " Metadata")),
        pickle::whole(dcp::object(dcp::kModule, "Metadata", {{"storage_data", "K\x05"}}))}) {
    const TempFolder folder;
    CHECK(open_once(folder.write(".metadata", bytes), {}).error->place().rule == "DCP-METADATA");
  }
}

TEST_CASE("K01 to K19 and K34 hold for the metadata, which is a pickle too") {
  const std::string good = two_rows().metadata();
  const auto rule_of = [](const std::string& bytes) {
    const TempFolder folder;
    return open_once(folder.write(".metadata", bytes), {}).error->place().rule;
  };
  CHECK(rule_of(good.substr(0, good.size() - 1)) == "PICKLE-LENGTH");
  CHECK(rule_of(good + "x") == "PICKLE-END");
  CHECK(rule_of(good.substr(0, good.size() - 2) + "\xff.") == "PICKLE-OPCODE");
  for (std::size_t length = 120; length < good.size(); length += 7)
    CHECK(rule_of(good.substr(0, length)).starts_with("PICKLE-"));
}

TEST_CASE("a foreign name in the metadata or in a chunk is noted, not looked up") {
  dcp::Checkpoint checkpoint = two_rows();
  checkpoint.planner_data = pickle::call(pickle::global("os", "system"), pickle::tuple({pickle::text("ls")}));
  const TempFolder folder;
  const Verdict verdict = open_once(checkpoint.write(folder), {});
  REQUIRE(verdict.checkpoint.has_value());
  REQUIRE(verdict.checkpoint->problems.size() == 1);
  CHECK(verdict.checkpoint->problems[0].rule == "PT-GLOBAL");
  CHECK(open_once(folder / "", {IoMode::automatic, true}).error.has_value());
}

TEST_CASE("what belongs to nothing, and files that nothing names") {
  dcp::Checkpoint gap = two_rows();
  gap.files["__1_0.distcp"] += "more";
  const TempFolder folder;
  const std::uint64_t end = two_rows().files["__1_0.distcp"].size();
  warns(gap.write(folder), "DCP-GAP", end);
  const TempFolder other;
  const std::string path = two_rows().write(other);
  other.write("__7_0.distcp", "left over");
  warns(path, "DCP-STRAY", std::nullopt);
}

TEST_CASE("tensors that cannot be read are listed, the others are read") {
  dcp::Checkpoint checkpoint = two_rows();
  checkpoint.add({"complex", {2}, {{{0}, {2}, floats({2}, {1, 2})}}, "complex128"});
  checkpoint.add({"small", {2}, {{{0}, {2}, floats({2}, {1, 2})}}});
  checkpoint.places.back().second =
      dcp::place("__2_0.distcp", 0, 4, {{"transform_descriptors", "](" + pickle::text("zstd") + "e"}});
  checkpoint.files["__0_0.distcp"].resize(checkpoint.files["__0_0.distcp"].size() -
                                          floats({2}, {1, 2}).size());
  checkpoint.files["__2_0.distcp"] = "zstd";
  const TempFolder folder;
  const Checkpoint opened = accepts(checkpoint.write(folder));
  CHECK(opened.tensors.size() == 1);
  REQUIRE(opened.skipped.size() == 2);
  CHECK(opened.skipped[0].name == "complex");
  CHECK(opened.skipped[0].reason.find("torch.complex128") != std::string::npos);
  CHECK(opened.skipped[1].name == "small");
}

TEST_CASE("files that are symbolic links are refused under strict") {
  const TempFolder folder;
  const std::string path = two_rows().write(folder);
  std::filesystem::rename(folder / "__1_0.distcp", folder / "elsewhere");
  std::filesystem::create_symlink("elsewhere", folder / "__1_0.distcp");
  CHECK(open_once(path, {}).checkpoint.has_value());
  CHECK(open_once(path, {IoMode::automatic, true}).error->place().rule == "SHARD-SYMLINK");
}

}  // namespace
}  // namespace weightsieve::test
