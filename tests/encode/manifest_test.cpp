#include "weightsieve/encode/manifest.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "io/temp_folder.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

const std::string kDigest(64, 'a');

std::string file(const std::string& members) {
  return R"({"name":"m.zst","bytes":7,"sha256":")" + kDigest + "\"" + members + "}";
}

std::string manifest(const std::string& files, const std::string& schema = "weightsieve.manifest/1",
                     const std::string& encoding = "zst", const std::string& run = std::string(32, '0')) {
  return R"({"schema":")" + schema + R"(","checkpoint":"m","encoding":")" + encoding + R"(","run":")" + run +
         R"(","files":[)" + files + "]}";
}

Manifest read(const std::string& text) {
  const TempFolder folder;
  return read_manifest(*open_source(folder.write("manifest.json", text), IoMode::automatic));
}

/// The rule by which a manifest is refused; "" when it is read.
std::string verdict(const std::string& text) {
  try {
    read(text);
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.place().rule;
  }
}

TEST_CASE("what was written is read") {
  const Manifest before{"a \"model\"\n",
                        Encoding::packed,
                        {0x0123456789abcdef, 0xfedcba9876543210},
                        {{"config.json", 0, kDigest, {}, 0},
                         {"m\xc3\xa9.packed.safetensors", 18446744073709551615U, std::string(64, '0'),
                          "m\xc3\xa9.safetensors", 5}}};
  std::string text;
  write_manifest(before, [&](std::string_view part) { text += part; });
  const Manifest after = read(text);
  CHECK(after.checkpoint == before.checkpoint);
  CHECK(after.encoding == before.encoding);
  CHECK(after.run == before.run);
  REQUIRE(after.files.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(after.files[i].name == before.files[i].name);
    CHECK(after.files[i].bytes == before.files[i].bytes);
    CHECK(after.files[i].sha256 == before.files[i].sha256);
    CHECK(after.files[i].content_name == before.files[i].content_name);
    CHECK(after.files[i].content_bytes == before.files[i].content_bytes);
  }
}

TEST_CASE("a manifest must be a JSON object of its schema") {
  CHECK(verdict(manifest("")).empty());
  CHECK(verdict(manifest(file(R"(,"more":[1])"))).empty());  // what a newer writer adds does no harm
  for (const std::string text : {"", "[]", "{", "null", "\xff", R"({"schema":1})"})
    CHECK(verdict(text) == "MANIFEST-JSON");
  CHECK(verdict(manifest("", "weightsieve.profile/1")) == "MANIFEST-JSON");
  CHECK(verdict(manifest("", "weightsieve.manifest/2")) == "MANIFEST-VERSION");
  CHECK(verdict(manifest("", "weightsieve.manifest/1", "rar")) == "MANIFEST-VERSION");
  for (const std::string run :
       {"", "0", "0x000000000000000000000000000000", "0000000000000000000000000000000g"})
    CHECK(verdict(manifest("", "weightsieve.manifest/1", "zst", run)) == "MANIFEST-JSON");
}

TEST_CASE("every file has a name, a size and a hash of the right kind") {
  CHECK(verdict(manifest("3")) == "MANIFEST-JSON");
  CHECK(verdict(manifest("{}")) == "MANIFEST-JSON");
  CHECK(verdict(manifest(R"({"name":"m","bytes":-1,"sha256":")" + kDigest + "\"}")) == "MANIFEST-JSON");
  CHECK(verdict(manifest(R"({"name":"m","bytes":1.5,"sha256":")" + kDigest + "\"}")) == "MANIFEST-JSON");
  CHECK(verdict(manifest(R"({"name":"m","bytes":1,"sha256":"abc"})")) == "MANIFEST-JSON");
  CHECK(verdict(manifest(file(R"(,"content_name":"m.safetensors")"))) == "MANIFEST-JSON");
  CHECK(verdict(manifest(file(R"(,"content_name":"m.safetensors","content_bytes":9)"))).empty());
}

TEST_CASE("no name leads out of the folder, and none comes twice") {
  for (const std::string name : {"", ".", "..", "../m", "/m", "a/b", "a\\\\b", "a\\u0000b"})
    CHECK(verdict(manifest(R"({"name":")" + name + R"(","bytes":1,"sha256":")" + kDigest + "\"}")) ==
          "MANIFEST-NAME");
  CHECK(verdict(manifest(file(R"(,"content_name":"../m","content_bytes":9)"))) == "MANIFEST-NAME");
  CHECK(verdict(manifest(file("") + "," + file(""))) == "MANIFEST-NAME");
}

}  // namespace
}  // namespace weightsieve
