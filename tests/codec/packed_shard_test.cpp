#include "weightsieve/codec/packed_shard.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "codec/chunks.hpp"
#include "io/temp_folder.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/rules.hpp"

using namespace weightsieve;
using chunks::Chunk;

namespace {

// Where the trailer has its fields, by the layout in packed_shard.hpp, counted from its end.
constexpr std::size_t kContentBytesFromEnd = 80;
constexpr std::size_t kFramesBytesFromEnd = 72;
constexpr std::size_t kEntriesFromEnd = 64;
constexpr std::size_t kNameBytesFromEnd = 56;
constexpr std::size_t kVersionFromEnd = 52;
constexpr std::size_t kRunFromEnd = 48;
constexpr std::size_t kFeaturesFromEnd = 16;
constexpr std::size_t kByteOrderFromEnd = 12;
constexpr std::size_t kEntryBytes = 24;

/// A stretch of content and how it is to be looked at.
struct Piece {
  Chunk bytes;
  std::size_t width = 1;
};

struct File {
  PackedShard shard;
  std::vector<Chunk> frames;

  /// As the parts say, right or wrong.
  Chunk bytes() const {
    Chunk file = packed_header(shard);
    for (const Chunk& frame : frames)
      file.insert(file.end(), frame.begin(), frame.end());
    const auto index = packed_index(shard);
    file.insert(file.end(), index.begin(), index.end());
    return file;
  }
  std::size_t index_begin() const {
    return static_cast<std::size_t>(kPackedHeaderBytes + shard.frames_bytes());
  }
};

File write(const std::vector<Piece>& pieces, const std::string& name = "model.safetensors",
           Hash128 run = {11, 22}) {
  ChunkCodec codec;
  File file{{name, run, {}}, {}};
  for (const Piece& piece : pieces) {
    const std::uint64_t place = packed_place(run, name, file.frames.size());
    const Bytes frame = codec.encode(piece.bytes, {.width = piece.width, .floating = piece.width > 1}, place);
    file.frames.emplace_back(frame.begin(), frame.end());
    file.shard.entries.push_back(packed_entry(frame, piece.bytes.size(), piece.width));
  }
  return file;
}

/// A header, weights pruned and not, bytes without any order, and constants; odd sizes among them.
std::vector<Piece> pieces() {
  auto pruned = chunks::gaussian(40'000, 3);
  chunks::prune(pruned, 0.9);
  return {{chunks::random_bytes(8 + 123, 1), 1},
          {chunks::bytes_of(pruned), 4},
          {chunks::as_dtype(chunks::gaussian(20'001, 4), Dtype::BF16), 2},
          {chunks::random_bytes(1, 5), 1},
          {Chunk(70'000, std::byte{0}), 8},
          {chunks::as_dtype(chunks::gaussian(777, 6), Dtype::F64), 8},
          {Chunk(5, std::byte{0x41}), 1}};
}

/// Small enough to damage each of its bits.
File small_file() {
  return write({{chunks::random_bytes(20, 7), 1},
                {chunks::bytes_of(chunks::gaussian(40, 8)), 4},
                {Chunk(64, std::byte{0}), 2}},
               "a b.safetensors");
}

Chunk joined(const std::vector<Piece>& pieces) {
  Chunk content;
  for (const Piece& piece : pieces)
    content.insert(content.end(), piece.bytes.begin(), piece.bytes.end());
  return content;
}

std::string save(const TempFolder& folder, Bytes bytes) {
  return folder.write_anew("shard", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::shared_ptr<const Source> open(const std::string& path, IoMode mode = IoMode::automatic) {
  auto file = open_source(path, mode);
  PackedShard shard = read_packed_shard(*file);
  return open_packed_shard(std::move(file), std::move(shard));
}

Chunk content_of(const Source& source) {
  const auto cursor = source.cursor();
  Chunk content;
  constexpr std::uint64_t kStep = 50'000;
  for (std::uint64_t at = 0; at < source.size(); at += kStep) {
    const Bytes view = cursor->view(at, static_cast<std::size_t>(std::min(kStep, source.size() - at)));
    content.insert(content.end(), view.begin(), view.end());
  }
  return content;
}

/// What forbids a file that is opened and read whole: a rule with its place; "" where nothing does.
std::string rule_against(const TempFolder& folder, Bytes bytes) {
  const std::string path = save(folder, bytes);
  try {
    content_of(*open(path));
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    CHECK(error.place().file == path);
    CHECK(error.place().offset_bytes.value_or(UINT64_MAX) <= bytes.size());
    const auto rules = codec_rules();
    CHECK(std::any_of(rules.begin(), rules.end(),
                      [&](const Rule& rule) { return rule.id == error.place().rule; }));
    return error.place().rule;
  }
  return "";
}

template <typename T>
Chunk with(Chunk bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

template <typename T>
Chunk with_from_end(const Chunk& bytes, std::size_t from_end, T value) {
  return with(bytes, bytes.size() - from_end, value);
}

}  // namespace

TEST_CASE("Any range of a packed shard reads as the content it was made of") {
  const Chunk content = joined(pieces());
  const TempFolder folder;
  const std::string path = save(folder, write(pieces()).bytes());
  for (const IoMode mode : {IoMode::mmap, IoMode::pread}) {
    const auto source = open(path, mode);
    REQUIRE(source->size() == content.size());
    CHECK(content_of(*source) == content);
    const auto cursor = source->cursor();
    std::mt19937_64 random(9);
    for (int i = 0; i < 300; ++i) {
      const std::uint64_t begin = random() % (content.size() + 1);
      const std::uint64_t most = i % 3 == 0 ? content.size() : 300;
      const auto length = static_cast<std::size_t>(random() % (std::min(most, content.size() - begin) + 1));
      INFO(begin << " + " << length);
      REQUIRE(std::ranges::equal(cursor->view(begin, length), Bytes(content).subspan(begin, length)));
    }
  }
}

TEST_CASE("Views forwards, backwards and over every frame's edge are right through one cursor") {
  const std::vector<Piece> parts = pieces();
  const Chunk content = joined(parts);
  const TempFolder folder;
  const auto source = open(save(folder, write(parts).bytes()));
  std::vector<std::uint64_t> edges{0};
  for (const Piece& piece : parts)
    edges.push_back(edges.back() + piece.bytes.size());
  const auto cursor = source->cursor();
  const auto check = [&](std::uint64_t begin, std::uint64_t end) {
    INFO(begin << " to " << end);
    const auto length = static_cast<std::size_t>(end - begin);
    REQUIRE(std::ranges::equal(cursor->view(begin, length), Bytes(content).subspan(begin, length)));
  };
  for (const std::uint64_t begin : edges)
    for (const std::uint64_t end : edges)
      if (begin <= end) check(begin, end);
  for (auto edge = edges.rbegin(); edge != edges.rend(); ++edge)
    check(*edge == 0 ? 0 : *edge - 1, std::min<std::uint64_t>(*edge + 1, content.size()));
}

TEST_CASE("The index says what was written, and the file is safetensors of two U8 tensors") {
  const TempFolder folder;
  const File file = write(pieces(), "modèle 1.safetensors", {0x0123456789ABCDEF, 5});
  const Chunk bytes = file.bytes();
  const PackedShard read = read_packed_shard(*open_source(save(folder, bytes), IoMode::automatic));
  CHECK(read.name == "modèle 1.safetensors");
  CHECK(read.run == Hash128{0x0123456789ABCDEF, 5});
  CHECK(read.entries.size() == pieces().size());
  CHECK(read.content_bytes() == joined(pieces()).size());
  CHECK(packed_index_hash(read) == packed_index_hash(file.shard));
  CHECK(begins_like_packed_shard(bytes));
  const std::string header(reinterpret_cast<const char*>(bytes.data()) + 8, kPackedHeaderBytes - 8);
  const std::string frames = std::to_string(file.shard.frames_bytes());
  const std::string end = std::to_string(bytes.size() - kPackedHeaderBytes);
  CHECK(header.find(R"("frames":{"dtype":"U8","shape":[)" + frames + R"(],"data_offsets":[0,)" + frames +
                    "]}") != std::string::npos);
  CHECK(header.find(R"("data_offsets":[)" + frames + "," + end + "]") != std::string::npos);
}

TEST_CASE("A packed shard without content is read as an empty file") {
  const TempFolder folder;
  const auto source = open(save(folder, write({}).bytes()));
  CHECK(source->size() == 0);
  CHECK(source->cursor()->view(0, 0).empty());
}

TEST_CASE("Z02: a packed shard cut anywhere is refused") {
  const TempFolder folder;
  const Chunk bytes = small_file().bytes();
  REQUIRE(rule_against(folder, bytes).empty());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO("cut to " << size);
    REQUIRE(rule_against(folder, Bytes(bytes).first(size)).starts_with("PACKED-"));
  }
}

TEST_CASE("Z03, Z27: every single flipped bit is noticed") {
  const TempFolder folder;
  Chunk bytes = small_file().bytes();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1U << bit % 8);
    bytes[bit / 8] ^= mask;
    INFO("bit " << bit);
    REQUIRE_FALSE(rule_against(folder, bytes).empty());
    bytes[bit / 8] ^= mask;
  }
}

TEST_CASE("Z27: bits flipped anywhere in a larger shard are noticed") {
  const TempFolder folder;
  Chunk bytes = write(pieces()).bytes();
  std::mt19937_64 random(10);
  for (int i = 0; i < 300; ++i) {
    const std::size_t bit = random() % (8 * bytes.size());
    const auto mask = static_cast<std::byte>(1U << bit % 8);
    bytes[bit / 8] ^= mask;
    INFO("bit " << bit);
    REQUIRE_FALSE(rule_against(folder, bytes).empty());
    bytes[bit / 8] ^= mask;
  }
}

TEST_CASE("Z10: bytes behind the trailer, before it, or between the parts are refused") {
  const TempFolder folder;
  const File file = small_file();
  for (const std::size_t at : {file.bytes().size(), file.index_begin(), kPackedHeaderBytes, std::size_t{0}}) {
    Chunk bytes = file.bytes();
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::byte{0});
    CHECK(rule_against(folder, bytes).starts_with("PACKED-"));
  }
}

TEST_CASE("Z11: frames in each other's place, of another shard or of another run are refused") {
  const TempFolder folder;
  const std::vector<Piece> alike(3, {chunks::bytes_of(chunks::gaussian(500, 3)), 4});
  const File file = write(alike);
  SECTION("two frames swapped, the index as it was") {
    File swapped = file;
    std::swap(swapped.frames[0], swapped.frames[1]);
    CHECK(rule_against(folder, swapped.bytes()) == rules::kPackedFrame.id);
  }
  SECTION("two frames swapped with their entries, and a right hash over it") {
    File swapped = file;
    std::swap(swapped.frames[0], swapped.frames[1]);
    std::swap(swapped.shard.entries[0], swapped.shard.entries[1]);
    CHECK(rule_against(folder, swapped.bytes()) == rules::kChunkHash.id);
  }
  SECTION("frame and entry of another shard of the run") {
    const File other = write(alike, "other.safetensors");
    File mixed = file;
    mixed.frames[1] = other.frames[1];
    mixed.shard.entries[1] = other.shard.entries[1];
    CHECK(rule_against(folder, mixed.bytes()) == rules::kChunkHash.id);
  }
  SECTION("the index of another run") {
    File mixed = file;
    mixed.shard.run = {1, 2};
    CHECK(rule_against(folder, mixed.bytes()) == rules::kChunkHash.id);
  }
}

TEST_CASE("Z12: an index whose entries do not add up is refused") {
  const TempFolder folder;
  const File file = small_file();
  const Chunk bytes = file.bytes();
  const auto index_rule = [&](const Chunk& damaged) {
    CHECK(rule_against(folder, damaged) == rules::kPackedIndex.id);
  };
  const std::size_t entry = file.index_begin() + kEntryBytes;
  index_rule(with(bytes, entry, std::uint32_t{23}));                 // a frame without a whole header
  index_rule(with(bytes, entry, UINT32_MAX));                        // longer than its content allows
  index_rule(with(bytes, entry + 4, std::uint32_t{0}));              // no content
  index_rule(with(bytes, entry + 4, std::uint32_t{161}));            // content of no whole units
  index_rule(with(bytes, entry + 4, (std::uint32_t{8} << 20) + 4));  // more than a chunk holds
  index_rule(with(bytes, entry + 8, std::uint32_t{3}));              // a width that is none
  index_rule(with(bytes, entry + 12, std::uint32_t{1}));             // what must be zero
  index_rule(with_from_end(bytes, kContentBytesFromEnd, std::uint64_t{1}));
  index_rule(with_from_end(bytes, kRunFromEnd, std::uint64_t{1}));
  File dropped = file;
  dropped.shard.entries.pop_back();
  CHECK_FALSE(rule_against(folder, dropped.bytes()).empty());
  File doubled = file;
  doubled.shard.entries.push_back(doubled.shard.entries.back());
  CHECK_FALSE(rule_against(folder, doubled.bytes()).empty());
}

TEST_CASE("Z14: what a newer program wrote is named so") {
  const TempFolder folder;
  const Chunk bytes = small_file().bytes();
  for (const Chunk& newer : {with_from_end(bytes, kVersionFromEnd, std::uint32_t{2}),
                             with_from_end(bytes, kFeaturesFromEnd, std::uint32_t{1})}) {
    const auto source = open_source(save(folder, newer), IoMode::automatic);
    try {
      read_packed_shard(*source);
      FAIL("was read");
    } catch (const Error& error) {
      CHECK(error.place().rule == rules::kPackedVersion.id);
      CHECK(error.message().find("newer") != std::string::npos);
    }
  }
}

TEST_CASE("Z20: numbers that are too large, or whose products wrap, allocate nothing") {
  const TempFolder folder;
  const Chunk bytes = small_file().bytes();
  const std::uint64_t number = GENERATE(UINT64_MAX, std::uint64_t{1} << 63, UINT64_MAX / 24 + 1,
                                        UINT64_MAX / 24, std::uint64_t{1} << 32);
  for (const std::size_t field : {kContentBytesFromEnd, kFramesBytesFromEnd, kEntriesFromEnd})
    CHECK(rule_against(folder, with_from_end(bytes, field, number)) == rules::kPackedIndex.id);
  CHECK(rule_against(folder, with_from_end(bytes, kNameBytesFromEnd, UINT32_MAX)) == rules::kPackedIndex.id);
}

TEST_CASE("Z25: a wrong byte order mark is refused") {
  const TempFolder folder;
  const Chunk bytes = small_file().bytes();
  CHECK(rule_against(folder, with_from_end(bytes, kByteOrderFromEnd, std::uint32_t{0x04030201})) ==
        rules::kPackedTrailer.id);
}

TEST_CASE("Z28: a lost write of 4 KiB anywhere is noticed") {
  const TempFolder folder;
  const Chunk bytes = write(pieces()).bytes();
  REQUIRE(bytes.size() > 10 * 4096);
  for (std::size_t at = 0; at < bytes.size(); at += 4096) {
    Chunk damaged = bytes;
    const auto begin = damaged.begin() + static_cast<std::ptrdiff_t>(at);
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(4096, bytes.size() - at)),
              std::byte{0});
    INFO("at " << at);
    REQUIRE_FALSE(rule_against(folder, damaged).empty());
  }
}

TEST_CASE("Z13, Z23: names that are no plain file names are refused") {
  const TempFolder folder;
  using namespace std::string_literals;
  for (const std::string& name : {""s, "."s, ".."s, "../x"s, "/etc/passwd"s, "a/b"s, "a\\b"s, "a\0b"s})
    CHECK(rule_against(folder, write({{Chunk(9), 1}}, name).bytes()) == rules::kPackedName.id);
  CHECK(rule_against(folder, write({{Chunk(9), 1}}, std::string(4097, 'a')).bytes()) ==
        rules::kPackedIndex.id);
  CHECK(rule_against(folder, write({{Chunk(9), 1}}, "...safetensors").bytes()).empty());
}

TEST_CASE("A cursor that met a damaged frame still reads the others") {
  const std::vector<Piece> parts = pieces();
  File file = write(parts);
  file.frames[2][100] ^= std::byte{1};
  const TempFolder folder;
  const auto source = open(save(folder, file.bytes()));
  const auto cursor = source->cursor();
  const std::size_t good = parts[0].bytes.size() + parts[1].bytes.size();
  const Chunk content = joined(parts);
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_AS(cursor->view(good - 1, 2), Error);
    CHECK(std::ranges::equal(cursor->view(0, good), Bytes(content).first(good)));
    const std::size_t behind = good + parts[2].bytes.size();
    CHECK(std::ranges::equal(cursor->view(behind, content.size() - behind), Bytes(content).subspan(behind)));
  }
}
