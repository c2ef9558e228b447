// What opening a checkpoint may cost: memory in proportion to its headers, never to what they declare.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "format/verdict.hpp"
#include "support/gguf_file.hpp"
#include "support/onnx_file.hpp"
#include "support/peak_memory.hpp"

namespace weightsieve::test {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

/// A header of `count` tensors without bytes; the smallest entries there are.
std::string tiny_entries(std::uint32_t count) {
  std::string header = "{";
  for (std::uint32_t i = 0; i < count; ++i)
    header +=
        fmt::format(R"({}"{:x}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", i == 0 ? "" : ",", i);
  return header + "}";
}

void opens_within(const std::string& path, std::size_t tensors, std::uint64_t header_bytes) {
  if (!kMemoryIsMeasurable) return;
  for (const IoMode io : {IoMode::mmap, IoMode::pread}) {
    const std::uint64_t growth = peak_growth([&] {
      const Checkpoint checkpoint = open_checkpoint(path, {io, true});
      if (checkpoint.tensors.size() != tensors || checkpoint.header_bytes != header_bytes) std::abort();
    });
    INFO(static_cast<double>(growth) / static_cast<double>(header_bytes) << " bytes a header byte");
    CHECK(growth <= 8 * header_bytes);
  }
}

void rejects_cheaply(const std::string& path, std::string_view rule, std::uint64_t most_bytes) {
  const std::uint64_t growth = peak_growth([&] {
    const Verdict verdict = open_once(path, {});
    if (!verdict.error || verdict.error->place().rule != rule) std::abort();
  });
  if (kMemoryIsMeasurable) CHECK(growth <= most_bytes);
}

TEST_CASE("S40 a header of 100 MB with the smallest entries") {
  const TempFolder folder;
  const std::string header = tiny_entries(1'760'000);
  REQUIRE(header.size() < 100'000'000);
  REQUIRE(header.size() > 98'000'000);
  opens_within(folder.write("m", safetensors_file(header)), 1'760'000, header.size() + 8);
}

TEST_CASE("a million tensors in four shards, with an index") {
  const TempFolder folder;
  std::string map;
  std::uint64_t header_bytes = 0;
  for (int part = 1; part <= 4; ++part) {
    const std::string name = fmt::format("model-{:05}-of-00004.safetensors", part);
    std::string header = "{";
    for (std::uint64_t i = 0; i < 250'000; ++i) {
      const std::string tensor = fmt::format("model.layers.{}.mlp.experts.{}.down_proj.weight", part, i);
      header += (i == 0 ? "" : ",") + entry(tensor, "BF16", {1, 2}, 4 * i, 4 * i + 4);
      map += (map.empty() ? "" : ",") + json_string(tensor) + ":" + json_string(name);
    }
    header += "}";
    header_bytes += header.size() + 8;
    write_sparse(folder / name, safetensors_file(header), header.size() + 8 + 1'000'000);
  }
  const std::string index = R"({"metadata":{"total_size":4000000},"weight_map":{)" + map + "}}";
  opens_within(folder.write("model.safetensors.index.json", index), 1'000'000, header_bytes + index.size());
}

TEST_CASE("G04 G05 a GGUF file of as many tensors and entries as are read") {
  const TempFolder folder;
  GgufFile file;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    file.entries.push_back(gguf::entry(fmt::format("{:x}", i), gguf::kU8, "\1"));
    file.tensors.push_back({fmt::format("model.layers.{}.weight", i), {0, 1}});
  }
  const std::string header = file.header();
  opens_within(folder.write("m", file.file()), 1'000'000, header.size());
  file.tensors.push_back({"one more", {0}});
  folder.write("tensors", file.header());
  rejects_cheaply(folder / "tensors", "GGUF-LIMIT", 8 * header.size());
  file.entries.push_back(gguf::entry("one more", gguf::kU8, "\1"));
  folder.write("entries", file.header());
  rejects_cheaply(folder / "entries", "GGUF-LIMIT", 4 * kMiB);
}

TEST_CASE("G04 G13 G14 what a GGUF file of 1 TiB only declares costs nothing") {
  const TempFolder folder;
  constexpr std::uint64_t size = std::uint64_t{1} << 40;
  const auto rejects_header = [&](const GgufFile& file, std::string_view rule) {
    write_sparse(folder / "m", file.header(), size);
    rejects_cheaply(folder / "m", rule, 4 * kMiB);
  };
  GgufFile file;
  file.tensor_count = std::uint64_t{1} << 34;
  rejects_header(file, "GGUF-LIMIT");
  file = {};
  file.entry_count = std::uint64_t{1} << 34;
  rejects_header(file, "GGUF-LIMIT");
  file = {};
  file.entries = {gguf::entry("a", gguf::kText, bytes_of((std::uint64_t{1} << 30) + 1))};
  rejects_header(file, "GGUF-LIMIT");
  file.entries = {gguf::entry("a", gguf::kArray, gguf::array(gguf::kText, std::uint64_t{1} << 30, ""))};
  rejects_header(file, "GGUF-LIMIT");
}

TEST_CASE("O20 an ONNX model of a million initializers") {
  const TempFolder folder;
  std::string graph;
  for (std::uint32_t i = 0; i < 1'000'000; ++i)
    graph += onnx::initializer(onnx::tensor(fmt::format("model.layers.{}.mlp.experts.down_proj.weight", i),
                                            {1}, onnx::kFloat, onnx::raw("1234")));
  const std::string model = onnx::model(graph);
  opens_within(folder.write("m", model), 1'000'000, model.size() - 4'000'000);
}

TEST_CASE("S04 S05 S07 I14 what is only declared costs nothing") {
  const TempFolder folder;
  write_sparse(folder / "s04", bytes_of<std::uint64_t>(100'000'001) + "{}", 200'000'000);
  rejects_cheaply(folder / "s04", "ST-HEADER-TOO-LARGE", 4 * kMiB);
  folder.write("s05", bytes_of(UINT64_MAX) + "{}");
  rejects_cheaply(folder / "s05", "ST-HEADER-TOO-LARGE", 4 * kMiB);
  folder.write("s07", bytes_of<std::uint64_t>(99'999'999) + "{}");
  rejects_cheaply(folder / "s07", "ST-HEADER-LENGTH", 4 * kMiB);
  write_sparse(folder / "i14", "{\"weight_map\":{   ", std::uint64_t{1} << 30);
  rejects_cheaply(folder / "i14", "INDEX-TOO-LARGE", 4 * kMiB);
}

TEST_CASE("S27 S40 hostile headers of 99 MB are rejected within 64 MiB and 8 times the header") {
  const TempFolder folder;
  const std::uint64_t budget = 64 * kMiB + 8 * 99'000'000;
  const auto fill = [](std::string_view begin, std::string_view unit) {
    std::string header(begin);
    while (header.size() + unit.size() < 99'000'000)
      header += unit;
    return header;
  };
  folder.write("dimensions", safetensors_file(fill(R"({"a":{"dtype":"U8","shape":[1)", ",1") + "]}}"));
  rejects_cheaply(folder / "dimensions", "ST-SHAPE", budget);
  folder.write("brackets", safetensors_file(fill(R"({"a":{"x":)", "[") + "}"));
  rejects_cheaply(folder / "brackets", "ST-DEPTH", budget);
  folder.write("duplicates",
               safetensors_file(fill("{", R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)") +
                                entry("a", "U8", "0", "0,0") + "}"));
  rejects_cheaply(folder / "duplicates", "ST-DUPLICATE", budget);
  folder.write("metadata", safetensors_file(fill(R"({"__metadata__":{"b":"")", R"(,"a":"")") + "}}"));
  rejects_cheaply(folder / "metadata", "ST-DUPLICATE", budget);
  folder.write("zeros", safetensors_file(std::string(99'000'000, '\0')));
  rejects_cheaply(folder / "zeros", "ST-JSON", budget);
}

TEST_CASE("I15 a million shards that are not there") {
  const TempFolder folder;
  std::string map;
  for (int i = 0; i < 1'000'000; ++i)
    map += fmt::format(R"({}"t{}":"model-{}.safetensors")", i == 0 ? "" : ",", i, i);
  const std::string index = R"({"weight_map":{)" + map + "}}";
  const std::string path = folder.write("model.safetensors.index.json", index);
  rejects_cheaply(path, "SHARD-MISSING", 64 * kMiB + 8 * index.size());
  const std::string message = open_once(path, {}).error->message();
  CHECK_THAT(message, Catch::StartsWith("1,000,000 of 1,000,000 shards missing"));
  CHECK(message.size() < 1000);
}

}  // namespace
}  // namespace weightsieve::test
