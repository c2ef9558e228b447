#include "weightsieve/codec/seekable_zstd.hpp"

#include <zstd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "codec/chunks.hpp"
#include "io/temp_folder.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/rules.hpp"

using namespace weightsieve;
using chunks::Chunk;

namespace {

Chunk content_of(std::size_t bytes) {
  auto values = chunks::gaussian(bytes / 4 + 1, 5);
  chunks::prune(values, 0.8);
  Chunk content = chunks::bytes_of(values);
  content.resize(bytes);
  return content;
}

struct File {
  Chunk bytes;
  std::vector<SeekEntry> entries;
};

File write(const Chunk& content, std::span<const std::uint64_t> begins, int level = 1) {
  FrameCompressor compressor(level);
  File file;
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const std::uint64_t end = i + 1 < begins.size() ? begins[i + 1] : content.size();
    const auto frame = compressor.compress(Bytes(content).subspan(begins[i], end - begins[i]));
    file.bytes.insert(file.bytes.end(), frame.bytes.begin(), frame.bytes.end());
    file.entries.push_back(frame.entry);
  }
  const auto table = seek_table(file.entries);
  file.bytes.insert(file.bytes.end(), table.begin(), table.end());
  return file;
}

std::string save(const TempFolder& folder, const Chunk& bytes) {
  return folder.write_anew("file.zst", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::shared_ptr<const Source> open(const TempFolder& folder, const Chunk& bytes) {
  return open_seekable_zstd(open_source(save(folder, bytes), IoMode::automatic));
}

/// Reads all of a file's content through one cursor; the rule that forbids it, or "".
std::string rule_against(const TempFolder& folder, const Chunk& bytes) {
  try {
    const auto source = open(folder, bytes);
    const auto cursor = source->cursor();
    constexpr std::uint64_t kStep = 50'000;
    for (std::uint64_t at = 0; at < source->size(); at += kStep)
      cursor->view(at, static_cast<std::size_t>(std::min(kStep, source->size() - at)));
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    CHECK(error.place().file == folder / "file.zst");
    CHECK(error.place().offset_bytes.value_or(UINT64_MAX) <= bytes.size());
    return error.place().rule;
  }
  return "";
}

template <typename T>
void overwrite(Chunk& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace

TEST_CASE("Any range of a seekable file reads as the content it was made of") {
  const Chunk content = content_of(1'000'003);
  const std::vector<std::uint64_t> begins{0, 1, 4096, 300'000, 300'001, 900'000};
  const TempFolder folder;
  const auto source = open(folder, write(content, begins).bytes);
  REQUIRE(source->size() == content.size());
  const auto cursor = source->cursor();
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::size_t offset = random() % content.size();
    const std::size_t length = random() % (content.size() - offset + 1) / (random() % 100 + 1);
    const Bytes view = cursor->view(offset, length);
    REQUIRE(std::equal(view.begin(), view.end(), content.begin() + static_cast<std::ptrdiff_t>(offset)));
    REQUIRE(view.size() == length);
  }
  CHECK(cursor->view(content.size(), 0).empty());
  CHECK_NOTHROW(source->check_unchanged());
}

TEST_CASE("libzstd's own streaming decompressor restores a seekable file") {
  const Chunk content = content_of(700'001);
  const std::vector<std::uint64_t> begins{0, 99'999, 500'000};
  const Chunk file = write(content, begins).bytes;
  Chunk restored(content.size() + 1);
  ZSTD_DCtx* const context = ZSTD_createDCtx();
  ZSTD_inBuffer in{file.data(), file.size(), 0};
  ZSTD_outBuffer out{restored.data(), restored.size(), 0};
  while (in.pos < in.size)
    REQUIRE_FALSE(ZSTD_isError(ZSTD_decompressStream(context, &out, &in)));
  ZSTD_freeDCtx(context);
  restored.resize(out.pos);
  CHECK(restored == content);
}

TEST_CASE("The stock zstd tool restores a seekable file and finds it sound") {
  if (std::system("zstd --version > /dev/null 2>&1") != 0) {
    WARN("no zstd tool: not tried");
    return;
  }
  const Chunk content = content_of(400'000);
  const std::vector<std::uint64_t> begins{0, 4, 200'000};
  const TempFolder folder;
  const std::string file = save(folder, write(content, begins).bytes);
  REQUIRE(std::system(
              ("zstd -q -t " + file + " && zstd -q -d " + file + " -o " + (folder / "file")).c_str()) == 0);
  std::ifstream in(folder / "file", std::ios::binary);
  const std::string restored{std::istreambuf_iterator<char>(in), {}};
  CHECK(restored == std::string(reinterpret_cast<const char*>(content.data()), content.size()));
}

TEST_CASE("Frames are planned at tensor starts where they fit") {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  using Begins = std::vector<std::uint64_t>;
  const auto plan = [](std::uint64_t total, const Begins& cuts) { return plan_frames(total, cuts); };
  CHECK(plan(0, {}).empty());
  CHECK(plan(1, {}) == Begins{0});
  CHECK(plan(4 * kMiB, {0, kMiB}) == Begins{0});
  CHECK(plan(4 * kMiB + 1, {}) == Begins{0, 4 * kMiB});
  CHECK(plan(10 * kMiB, {0, kMiB, 2 * kMiB}) == Begins{0, 2 * kMiB, 6 * kMiB});
  CHECK(plan(9 * kMiB, {0, 5 * kMiB, 8 * kMiB}) == Begins{0, 4 * kMiB, 8 * kMiB});
  CHECK(plan(6 * kMiB, {0, 3 * kMiB, 3 * kMiB, 3 * kMiB}) == Begins{0, 3 * kMiB});
}

TEST_CASE(
    "Random plans cover everything, in frames of at most 4 MiB, at cuts wherever a cut is near enough") {
  std::mt19937_64 random(9);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint64_t> cuts{0};
    for (int i = 0; i < 40; ++i)
      cuts.push_back(cuts.back() + random() % (std::uint64_t{1} << (8 + random() % 17)));
    const std::uint64_t total = cuts.back() + 1 + random() % 1000;
    auto begins = plan_frames(total, cuts);
    REQUIRE(begins.front() == 0);
    begins.push_back(total);
    for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
      REQUIRE(begins[i] < begins[i + 1]);
      REQUIRE(begins[i + 1] - begins[i] <= kMaxPlannedFrameBytes);
      const bool cut = begins[i + 1] == total || std::binary_search(cuts.begin(), cuts.end(), begins[i + 1]);
      const bool none_near = std::none_of(cuts.begin(), cuts.end(), [&](std::uint64_t c) {
        return c > begins[i] && c <= begins[i] + kMaxPlannedFrameBytes;
      });
      REQUIRE((cut || none_near));
    }
  }
}

TEST_CASE("Frames are the same bytes from any compressor") {
  const Chunk content = content_of(300'000);
  FrameCompressor first(3), second(3);
  second.compress(Bytes(content).subspan(5));
  const auto a = first.compress(content), b = second.compress(content);
  CHECK(std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end()));
}

TEST_CASE("Z01, Z02, Z10: what is no seekable file, or not all of it, or more") {
  const TempFolder folder;
  const Chunk whole = write(content_of(2000), std::vector<std::uint64_t>{0, 500}).bytes;
  REQUIRE(rule_against(folder, whole).empty());
  CHECK(rule_against(folder, {}) == "ZST-FOOTER");
  for (std::size_t size = 0; size < whole.size(); ++size)
    REQUIRE_FALSE(
        rule_against(folder, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).empty());
  Chunk longer = whole;
  longer.push_back(std::byte{0});
  CHECK(rule_against(folder, longer) == "ZST-FOOTER");
  CHECK(rule_against(folder, seek_table({})) == "ZST-TABLE");
  Chunk with_junk_before(3, std::byte{1});
  with_junk_before.insert(with_junk_before.end(), whole.begin(), whole.end());
  CHECK(rule_against(folder, with_junk_before) == "ZST-COVER");
}

// A few bits of a compressed block may mean the same either way.
TEST_CASE("Z03: with any bit of a small seekable file flipped, it is refused or its content is whole") {
  const TempFolder folder;
  const Chunk content = content_of(600);
  const Chunk whole = write(content, std::vector<std::uint64_t>{0, 300}).bytes;
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Chunk flipped = whole;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    if (!rule_against(folder, flipped).empty()) {
      ++refused;
      continue;
    }
    INFO("bit " << bit << " of " << whole.size() * 8);
    const auto source = open(folder, flipped);
    REQUIRE(source->size() == content.size());
    const auto cursor = source->cursor();
    const Bytes view = cursor->view(0, content.size());
    REQUIRE(std::equal(view.begin(), view.end(), content.begin()));
  }
  CHECK(refused > whole.size() * 8 - 20);
}

TEST_CASE("Z04 to Z09: frames that want or hold other than the seek table says") {
  const TempFolder folder;
  const Chunk content = content_of(1000);
  const File good = write(content, std::vector<std::uint64_t>{0});
  const auto with_entry = [&](SeekEntry entry) {
    Chunk bytes(good.bytes.begin(), good.bytes.begin() + good.entries[0].compressed_bytes);
    const auto table = seek_table(std::vector<SeekEntry>{entry});
    bytes.insert(bytes.end(), table.begin(), table.end());
    return rule_against(folder, bytes);
  };
  SeekEntry entry = good.entries[0];
  CHECK(with_entry(entry).empty());
  entry.content_bytes += 1;
  CHECK(with_entry(entry) == "ZST-FRAME");
  entry.content_bytes = (8U << 20) + 1;
  CHECK(with_entry(entry) == "ZST-FRAME-SIZE");
  entry.content_bytes = 0;
  CHECK(with_entry(entry) == "ZST-FRAME-SIZE");
  entry = good.entries[0];
  entry.checksum ^= 1;
  CHECK(with_entry(entry) == "ZST-CHECKSUM");
  entry = good.entries[0];
  entry.compressed_bytes -= 1;
  CHECK(with_entry(entry) == "ZST-COVER");

  // Frame headers by hand: magic, descriptor, window, dictionary, content size.
  const auto framed = [&](std::vector<unsigned> header, std::uint32_t size) {
    Chunk bytes;
    for (const unsigned byte : header)
      bytes.push_back(static_cast<std::byte>(byte));
    const SeekEntry made{static_cast<std::uint32_t>(bytes.size()), size, 0};
    const auto table = seek_table(std::vector<SeekEntry>{made});
    bytes.insert(bytes.end(), table.begin(), table.end());
    return rule_against(folder, bytes);
  };
  // 1 byte 'x' in a raw block; window 2^10, then 2^41 (3.75 TiB with its mantissa), then a dictionary.
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x01, 0x09, 0x00, 0x00, 'x'}, 1) == "ZST-CHECKSUM");
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x80, 0xFF, 1, 0, 0, 0, 0x09, 0x00, 0x00, 'x'}, 1) == "ZST-FRAME");
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x80, 0x69, 1, 0, 0, 0, 0x09, 0x00, 0x00, 'x'}, 1) == "ZST-FRAME");
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x80, 0x68, 1, 0, 0, 0, 0x09, 0x00, 0x00, 'x'}, 1) == "ZST-CHECKSUM");
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x21, 0x07, 0x01, 0x09, 0x00, 0x00, 'x'}, 1) == "ZST-FRAME");
  // No content size; content size 2^60; a run of a million 'x' where 1 byte is due.
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x00, 0x09, 0x00, 0x00, 'x'}, 1) == "ZST-FRAME");
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x09, 0x00, 0x00, 'x'}, 1) ==
        "ZST-FRAME");
  CHECK(framed({0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x01, 0x03, 0x12, 0x7A, 'x'}, 1) == "ZST-FRAME");
}

TEST_CASE("Z08: a million empty frames are refused by the first") {
  const TempFolder folder;
  CHECK(rule_against(folder, seek_table(std::vector<SeekEntry>(1'000'000))) == "ZST-FRAME-SIZE");
}

TEST_CASE("A seek table that claims more than the file holds is refused before it is read") {
  const TempFolder folder;
  Chunk bytes = seek_table(std::vector<SeekEntry>(3, SeekEntry{1, 1, 0}));
  overwrite<std::uint32_t>(bytes, bytes.size() - 9, 0xFFFF'FFFF);
  CHECK(rule_against(folder, bytes) == "ZST-TABLE");
  overwrite<std::uint32_t>(bytes, bytes.size() - 9, 4'000'000);
  CHECK(rule_against(folder, bytes) == "ZST-TABLE");
  overwrite<std::uint32_t>(bytes, bytes.size() - 9, 3);
  CHECK(rule_against(folder, bytes) == "ZST-COVER");
  overwrite<std::uint8_t>(bytes, bytes.size() - 5, 0);
  CHECK(rule_against(folder, bytes) == "ZST-FOOTER");
}
