// Packed shards that are whole, but hold no safetensors file that may be read: their content gets the
// checks of any other file.
#include <catch2/catch.hpp>

#include "io/temp_folder.hpp"
#include "support/safetensors_file.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {
namespace {

using namespace test;

/// A packed shard with right hashes around any content.
std::string packed_around(const std::string& content) {
  constexpr Hash128 run{3, 4};
  PackedShard shard{"model.safetensors", run, {}};
  ChunkCodec codec;
  const Bytes frame = codec.encode(std::as_bytes(std::span(content)), {.width = 1, .floating = false},
                                   packed_place(run, shard.name, 0));
  shard.entries.push_back(packed_entry(frame, content.size(), 1));
  std::string file;
  const auto append = [&file](Bytes part) {
    file.append(reinterpret_cast<const char*>(part.data()), part.size());
  };
  append(packed_header(shard));
  append(frame);
  append(packed_index(shard));
  return file;
}

/// What forbids a shard of this content; empty where nothing does.
std::string rule_against(const std::string& content) {
  const TempFolder folder;
  try {
    const Checkpoint checkpoint =
        open_checkpoint(folder.write("model.packed.safetensors", packed_around(content)));
    CHECK(checkpoint.files.at(0).encoding == "packed");
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.place().rule;
  }
}

std::string two_floats(std::string_view dtype, std::uint64_t elements, std::uint64_t end = 8) {
  return safetensors_file("{" + entry("w", dtype, {elements}, 0, end) + "}", "12345678");
}

TEST_CASE("Z21: a dtype or shape that its bytes disagree with is refused inside a packed shard too") {
  CHECK(rule_against(two_floats("F32", 2)).empty());
  CHECK(rule_against(two_floats("BF16", 4)).empty());
  CHECK(rule_against(two_floats("F64", 2)) == "ST-SIZE");
  CHECK(rule_against(two_floats("F16", 2)) == "ST-SIZE");
  CHECK(rule_against(two_floats("F32", 3)) == "ST-SIZE");
  CHECK(rule_against(two_floats("F32", 3, 12)) == "ST-TRUNCATED");
  CHECK(rule_against(two_floats("F128", 1)) == "ST-DTYPE");
  CHECK(rule_against(two_floats("F32", std::uint64_t{1} << 63)) == "ST-OVERFLOW");
}

TEST_CASE("Z24: a header of more than 100 MB is refused inside a packed shard too, before it is read") {
  CHECK(rule_against(bytes_of<std::uint64_t>(100'000'001) + "{}") == "ST-HEADER-TOO-LARGE");
  CHECK(rule_against(bytes_of<std::uint64_t>(UINT64_MAX) + "{}") == "ST-HEADER-TOO-LARGE");
  CHECK(rule_against(bytes_of<std::uint64_t>(100'000'000) + "{}") == "ST-HEADER-LENGTH");
  CHECK(rule_against("1234567") == "ST-HEADER-TOO-SMALL");
}

TEST_CASE("Z03: with any bit of a packed shard flipped, it is refused, and never taken for another file") {
  const TempFolder folder;
  std::string file = packed_around(two_floats("F32", 2));
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    const auto mask = static_cast<char>(1 << bit % 8);
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ mask);
    const std::string path = folder.write_anew("model.packed.safetensors", file);
    INFO("bit " << bit);
    REQUIRE_THROWS_AS(open_checkpoint(path), Error);
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ mask);
  }
}

}  // namespace
}  // namespace weightsieve
