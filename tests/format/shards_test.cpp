// Rows I01 to I18 of the list of malformed inputs, and how a sharded checkpoint is found and named.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include "format/verdict.hpp"

namespace weightsieve::test {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

constexpr std::uint64_t kMapAt = 1;  ///< where weight_map stands in what index_of() writes
const std::string kShard1 = "model-00001-of-00002.safetensors";
const std::string kShard2 = "model-00002-of-00002.safetensors";
const std::string kIndex = "model.safetensors.index.json";

/// An index with this inside of its weight_map.
std::string index_of(std::string_view map, std::string_view rest = "") {
  return R"({"weight_map":{)" + std::string(map) + "}" + std::string(rest) + "}";
}

std::string pair(std::string_view tensor, std::string_view file) {
  return json_string(tensor) + ":" + json_string(file);
}

/// A shard whose tensors, of these names, are four bytes each.
std::string shard(const std::vector<std::string>& names) {
  SafetensorsWriter writer;
  for (const std::string& name : names)
    writer.add(name, "F32", {1}, std::string(4, '\1'));
  return writer.file();
}

/// A folder with two shards, a and b in the first, c in the second.
struct TwoShards {
  TempFolder folder;

  TwoShards() {
    folder.write(kShard1, shard({"a", "b"}));
    folder.write(kShard2, shard({"c"}));
  }

  static std::string map() {
    return pair("a", kShard1) + "," + pair("b", kShard1) + "," + pair("c", kShard2);
  }
  std::string index(std::string_view text) const { return folder.write(kIndex, text); }
  std::string path() const { return folder / ""; }
};

std::vector<std::string> names_of(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : checkpoint.tensors)
    names.push_back(tensor.name);
  return names;
}

const std::vector<std::string> kAbc{"a", "b", "c"};

/// An index that maps "a" to `file`, JSON text, is rejected where the tensor stands.
void rejects_mapped_to(std::string_view file, std::string_view rule) {
  const TwoShards files;
  INFO(file);
  rejects(files.index(index_of("\"a\":" + std::string(file))), rule, 15);
}

TEST_CASE("a sharded checkpoint is one, by its index, its folder, or without an index") {
  const TwoShards files;
  SECTION("index") {
    const std::string index = index_of(TwoShards::map(), R"(,"metadata":{"total_size":12})");
    const Checkpoint checkpoint = accepts(files.index(index));
    CHECK(checkpoint.name == "model");
    CHECK(checkpoint.format == "safetensors");
    CHECK(names_of(checkpoint) == kAbc);
    REQUIRE(checkpoint.files.size() == 2);
    CHECK(checkpoint.files[0].name == kShard1);
    CHECK(checkpoint.files[1].path == files.folder / kShard2);
    CHECK(checkpoint.tensors[1].file == 0);
    CHECK(checkpoint.tensors[2].file == 1);
    CHECK(checkpoint.header_bytes == index.size() + shard({"a", "b"}).size() + shard({"c"}).size() - 12);
  }
  SECTION("folder with an index; other files do not matter") {
    files.index(index_of(TwoShards::map()));
    files.folder.write("consolidated.safetensors", shard({"other"}));
    files.folder.write("config.json", "{}");
    files.folder.write("pytorch_model.bin", "PK\3\4");
    const Checkpoint checkpoint = accepts(files.path());
    CHECK(names_of(checkpoint) == kAbc);
    CHECK(checkpoint.name == fs::path(files.path()).parent_path().filename());
  }
  SECTION("folder of bare shards") { CHECK(names_of(accepts(files.path())) == kAbc); }
  SECTION("one shard is just that file") {
    const Checkpoint checkpoint = accepts(files.folder / kShard2);
    CHECK(names_of(checkpoint) == std::vector<std::string>{"c"});
    CHECK(checkpoint.name == "model-00002-of-00002");
  }
  SECTION("recognised by content, not by name") {
    const std::string path = files.folder.write("anything", "\n " + index_of(TwoShards::map()));
    CHECK(accepts(path).name == "anything");
  }
}

TEST_CASE("a checkpoint is named after its file, without the format's ending") {
  const TwoShards files;
  const std::string index = index_of(TwoShards::map());
  CHECK(accepts(files.folder.write("x.safetensors.index.json", index)).name == "x");
  CHECK(accepts(files.folder.write("x.safetensors.index.fp16.json", index)).name == "x.fp16");
  CHECK(accepts(files.folder.write("x.json", index)).name == "x");
  CHECK(accepts(files.folder.write("x.y.safetensors", shard({"a"}))).name == "x.y");
  CHECK(accepts(files.folder.write("x.bin", shard({"a"}))).name == "x.bin");
}

TEST_CASE("several checkpoints in a folder are the user's choice") {
  const TempFolder folder;
  const auto refuses = [&](std::string_view first, std::string_view second) {
    const Verdict verdict = open_once(folder / "", {});
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->code() == ErrorCode::usage);
    CHECK_THAT(verdict.error->message(),
               Catch::Contains(std::string(first)) && Catch::Contains(std::string(second)));
  };
  SECTION("variants") {
    folder.write("model.safetensors", shard({"a"}));
    folder.write("model.fp16.safetensors", shard({"a"}));
    refuses("model.fp16.safetensors", "model.safetensors");
  }
  SECTION("variants of a set") {
    folder.write("model-00001-of-00001.safetensors", shard({"a"}));
    folder.write("model.fp16-00001-of-00001.safetensors", shard({"a"}));
    refuses("model-00001-of-00001.safetensors", "model.fp16-00001-of-00001.safetensors");
  }
  SECTION("variants of an index") {
    folder.write("model.safetensors.index.json", index_of(""));
    folder.write("model.safetensors.index.fp16.json", index_of(""));
    refuses("model.safetensors.index.json", "model.safetensors.index.fp16.json");
  }
}

TEST_CASE("F03 folder without a checkpoint") {
  const TempFolder folder;
  fs::create_directory(folder / "x.safetensors");
  SECTION("empty") { rejects(folder / "x.safetensors", "FORMAT-NO-CHECKPOINT", std::nullopt); }
  SECTION("folders are no files") { rejects(folder / "", "FORMAT-NO-CHECKPOINT", std::nullopt); }
  SECTION("other formats by name") {
    folder.write("model.keras", "");
    rejects(folder / "", "FORMAT-UNSUPPORTED", std::nullopt);
  }
}

TEST_CASE("files of other formats are called by their name") {
  const TempFolder folder;
  const auto says = [&](std::string_view content, std::string_view rule, std::string_view word) {
    const std::string path = folder.write("model.safetensors", content);
    rejects(path, rule, 0);
    CHECK_THAT(open_once(path, {}).error->message(), Catch::Contains(std::string(word)));
  };
  says("\x1f\x8b\x08\0\0\0\0\0\0\3"s, "FORMAT-UNSUPPORTED", "gzip");
  says("\x89HDF\r\n\x1a\n", "FORMAT-UNSUPPORTED", "HDF5");
  says("\x80\2}q\1. and so on", "FORMAT-UNSUPPORTED", "pickle");
  says("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "LFS-POINTER", "git lfs pull");
  says("Once upon a time there was a file.", "FORMAT-UNKNOWN", "safetensors");
  says(
      "\x7f"
      "ELF\2\1\1 \x3e\x25\x33 \1",
      "FORMAT-UNKNOWN", "weight_map");
}

TEST_CASE("a header length that looks like another format's magic is still a length") {
  // 640 = 0x280: the file begins like a pickle of protocol 2.
  const std::string entry_text = "{" + entry("a", "U8", "1", "0,1") + "}";
  const std::string header = entry_text + std::string(640 - entry_text.size(), ' ');
  CHECK(accepts_file(safetensors_file(header, "x")).tensors.size() == 1);
  // 123 = 0x7b: it begins like JSON.
  const std::string brace = entry_text + std::string(123 - entry_text.size(), ' ');
  CHECK(accepts_file(safetensors_file(brace, "x")).tensors.size() == 1);
}

TEST_CASE("I01 shard ../../etc/passwd") { rejects_mapped_to(R"("../../etc/passwd")", "INDEX-PATH"); }

TEST_CASE("I02 shard /etc/passwd") { rejects_mapped_to(R"("/etc/passwd")", "INDEX-PATH"); }

TEST_CASE("I03 shard names with folders in them") {
  for (const char* name :
       {R"("sub/../../x")", R"("a/./b")", R"("a//b")", R"("..\\x")", R"("C:\\x")", R"("C:x")", R"("sub/x")",
        R"("./x")", R"("")", R"(".")", R"("..")", R"("\u002e\u002e\u002fx")"})
    rejects_mapped_to(name, "INDEX-PATH");
}

TEST_CASE("I04 shard that is a symbolic link") {
  const TwoShards files;
  const TempFolder blobs;
  fs::rename(files.folder / kShard2, blobs / "blob");
  fs::create_symlink(blobs / "blob", files.folder / kShard2);
  const std::string index = files.index(index_of(TwoShards::map()));
  CHECK(names_of(*open_once(index, {}).checkpoint) == kAbc);
  CHECK(names_of(*open_once(files.path(), {}).checkpoint) == kAbc);
  rejects(index, "SHARD-SYMLINK", std::nullopt, true);
  fs::remove(index);
  CHECK(names_of(*open_once(files.path(), {}).checkpoint) == kAbc);
  rejects(files.path(), "SHARD-SYMLINK", std::nullopt, true);
}

TEST_CASE("I05 folder of a shard that is a symbolic link") {
  const TwoShards files;
  fs::create_directory_symlink("/", files.folder / "sub");
  rejects(files.index(index_of(pair("a", "sub/x"))), "INDEX-PATH", 15);
}

TEST_CASE("I06 shard that is a loop of symbolic links") {
  const TempFolder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  rejects(folder.write(kIndex, index_of(pair("t", "a"))), "FILE-KIND", std::nullopt);
}

TEST_CASE("I07 missing shards are listed all at once") {
  const TempFolder folder;
  folder.write("model-00002-of-00004.safetensors", shard({"a"}));
  fs::create_symlink("nowhere", folder / "model-00004-of-00004.safetensors");
  const auto names_three = [](const std::string& path) {
    CHECK_THAT(open_once(path, {}).error->message(),
               Catch::Contains("model-00001-of") && Catch::Contains("model-00003-of") &&
                   Catch::Contains("model-00004-of") && !Catch::Contains("model-00002-of"));
  };
  SECTION("by the index") {
    std::string map;
    for (const char* number : {"1", "2", "3", "4"})
      map += (map.empty() ? "" : ",") + pair("t"s + number, "model-0000"s + number + "-of-00004.safetensors");
    const std::string path = folder.write(kIndex, index_of(map));
    rejects(path, "SHARD-MISSING", kMapAt);
    names_three(path);
  }
  SECTION("by the numbers of the others") {
    rejects(folder / "", "SHARD-MISSING", std::nullopt);
    names_three(folder / "");
  }
}

TEST_CASE("I07 a number that the set has not") {
  const TwoShards files;
  files.folder.write("model-00003-of-00002.safetensors", shard({"d"}));
  rejects(files.path(), "SHARD-NUMBER", std::nullopt);
}

TEST_CASE("I07 a shard that is a Git LFS pointer, or of another format") {
  const TwoShards files;
  const std::string path = files.index(index_of(TwoShards::map()));
  files.folder.write(kShard2, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
  rejects(path, "LFS-POINTER", 0);
  files.folder.write(kShard2, "PK\3\4 a PyTorch shard");
  rejects(path, "FORMAT-UNSUPPORTED", 0);
  files.folder.write(kShard2, "");
  rejects(path, "ST-HEADER-TOO-SMALL", 0);
}

TEST_CASE("I08 tensor that its shard lacks") {
  const TwoShards files;
  const std::string map = TwoShards::map() + "," + pair("d", kShard2);
  rejects(files.index(index_of(map)), "INDEX-TENSOR-MISSING", 15 + TwoShards::map().size() + 1);
  const std::string swapped = pair("a", kShard2) + "," + pair("b", kShard1) + "," + pair("c", kShard2);
  rejects(files.index(index_of(swapped)), "INDEX-TENSOR-MISSING", 15);
}

TEST_CASE("I09 tensor that the map lacks") {
  const TwoShards files;
  const Checkpoint checkpoint =
      warns(files.index(index_of(pair("a", kShard1) + "," + pair("c", kShard2))), "INDEX-UNLISTED", kMapAt);
  CHECK(names_of(checkpoint) == kAbc);
}

TEST_CASE("I10 tensor in two shards") {
  const TwoShards files;
  files.folder.write(kShard2, shard({"a", "c"}));
  SECTION("the map names one") {
    const Checkpoint checkpoint = warns(files.index(index_of(TwoShards::map())), "INDEX-SHADOWED", kMapAt);
    CHECK(names_of(checkpoint) == kAbc);
    CHECK(checkpoint.tensors[0].file == 0);
  }
  SECTION("the map names the other") {
    const std::string map = pair("a", kShard2) + "," + pair("b", kShard1) + "," + pair("c", kShard2);
    const Checkpoint checkpoint = warns(files.index(index_of(map)), "INDEX-SHADOWED", kMapAt);
    CHECK(names_of(checkpoint) == std::vector<std::string>{"b", "a", "c"});
  }
  SECTION("there is no map") { rejects(files.path(), "SHARD-DUPLICATE", 9); }
  SECTION("the map names neither") {
    const std::string path = files.index(index_of(pair("b", kShard1) + "," + pair("c", kShard2)));
    const Verdict verdict = open_once(path, {});
    REQUIRE(verdict.error.has_value());
    CHECK(verdict.error->place().rule == "SHARD-DUPLICATE");
    CHECK(verdict.error->place().file == files.folder / kShard2);
    CHECK(verdict.error->place().tensor == "a");
  }
}

TEST_CASE("I11 name twice in the map") {
  const TwoShards files;
  const std::string again = pair("a", kShard2);
  rejects(files.index(index_of(TwoShards::map() + "," + again)), "INDEX-DUPLICATE",
          15 + TwoShards::map().size() + 1);
  const std::string same = R"("\u0061":")" + kShard1 + "\"";
  rejects(files.index(index_of(TwoShards::map() + "," + same)), "INDEX-DUPLICATE",
          15 + TwoShards::map().size() + 1);
  rejects(files.index(index_of("", R"(,"weight_map":{})")), "INDEX-DUPLICATE", 17);
}

TEST_CASE("I12 metadata.total_size") {
  const TwoShards files;
  const std::uint64_t at = index_of(TwoShards::map()).size() - 1 + std::strlen(R"(,"metadata":{)");
  for (const char* size : {"13", "-12", "1e300", "\"12\"", "null", "[12]", "18446744073709551628", "12.5"}) {
    INFO(size);
    const std::string rest = R"(,"metadata":{"total_size":)" + std::string(size) + "}";
    CHECK(names_of(warns(files.index(index_of(TwoShards::map(), rest)), "INDEX-TOTAL-SIZE", at)) == kAbc);
  }
  for (const char* size : {"12", "12.0", "1.2e1"}) {
    const std::string rest = R"(,"metadata":{"total_parameters":3,"total_size":)" + std::string(size) + "}";
    accepts(files.index(index_of(TwoShards::map(), rest)));
  }
  accepts(files.index(index_of(TwoShards::map(), R"(,"metadata":null)")));
}

TEST_CASE("I13 map that is none") {
  const TwoShards files;
  for (const char* map : {"[]", "null", "\"a\"", "1"})
    rejects(files.index(R"({"weight_map":)"s + map + "}"), "INDEX-MAP", 14);
  for (const char* file : {"1", "null", "[\"x\"]", "{}"})
    rejects(files.index(index_of("\"a\":"s + file)), "INDEX-MAP", 19);
  rejects(files.index("{}"), "INDEX-MAP", 0);
  rejects(files.index(R"({"metadata":{"total_size":1}})"), "INDEX-MAP", 0);
}

TEST_CASE("I13 index that is no JSON") {
  const TwoShards files;
  rejects(files.index(R"({"weight_map":{"a")"), "INDEX-JSON", 17);
  rejects(files.index(index_of("\"\xFF\":\"x\"")), "INDEX-UTF8", 16);
  rejects(files.index(index_of(TwoShards::map()) + "{}"), "INDEX-JSON", index_of(TwoShards::map()).size());
  rejects(files.index(R"({"weight_map":{},"x":nul})"), "INDEX-JSON", 21);
}

TEST_CASE("I14 index of 1 GiB, or nested 100,000 deep") {
  const TempFolder folder;
  const std::string path = folder / kIndex;
  write_sparse(path, R"({"weight_map":{        )", std::uint64_t{1} << 30);
  rejects(path, "INDEX-TOO-LARGE", 100'000'000);
  const std::string deep(100'000, '[');
  rejects(folder.write(kIndex, index_of("", ",\"x\":" + deep + std::string(100'000, ']'))), "INDEX-DEPTH",
          index_of("").size() - 1 + 5 + 63);
}

TEST_CASE("I16 shard that is no regular file") {
  const TempFolder folder;
  const std::string index = folder.write(kIndex, index_of(pair("a", "shard")));
  SECTION("pipe") { REQUIRE(::mkfifo((folder / "shard").c_str(), 0600) == 0); }
  SECTION("folder") { fs::create_directory(folder / "shard"); }
  SECTION("device") { fs::create_symlink("/dev/zero", folder / "shard"); }
  SECTION("socket") {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder / "shard").copy(address.sun_path, sizeof(address.sun_path) - 1);
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    ::close(descriptor);
  }
  rejects(index, "FILE-KIND", std::nullopt);
}

TEST_CASE("I17 shard name with a NUL") { rejects_mapped_to(R"("a\u0000b")", "INDEX-PATH"); }

TEST_CASE("I18 index that names an index") {
  const TwoShards files;
  files.folder.write("other.json", index_of(""));
  rejects(files.index(index_of(pair("a", kIndex))), "INDEX-PATH", 15);
  rejects(files.index(index_of(pair("a", "other.json"))), "INDEX-PATH", 15);
  files.folder.write("other", index_of("  "));
  rejects(files.index(index_of(pair("a", "other"))), "FORMAT-UNSUPPORTED", 0);
}

}  // namespace
}  // namespace weightsieve::test
