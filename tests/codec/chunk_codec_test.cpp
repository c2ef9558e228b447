#include "weightsieve/codec/chunk_codec.hpp"

#include <catch2/catch.hpp>
#include <numeric>

#include "codec/chunks.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/entropy_bound.hpp"
#include "weightsieve/codec/rules.hpp"
#include "weightsieve/kernels/kernels.hpp"

using namespace weightsieve;
using chunks::Chunk;

namespace {

constexpr std::uint64_t kPlace = 0x0123'4567'89AB'CDEF;

/// What the codec makes of a chunk, checked to come back; its size.
std::size_t round_trip(ChunkCodec& codec, const Chunk& chunk, const ChunkLayout& layout) {
  const Bytes frame = codec.encode(chunk, layout, kPlace);
  const std::vector<std::byte> stored(frame.begin(), frame.end());
  Chunk restored(chunk.size(), std::byte{0xA5});
  codec.decode(stored, layout, kPlace, restored);
  CHECK(restored == chunk);
  CHECK(stored.size() <= chunk.size() + kChunkOverheadBytes);
  return stored.size();
}

Chunk pruned_bytes(std::size_t units, std::size_t width, double density, std::uint64_t seed) {
  Chunk chunk = chunks::random_bytes(units * width, seed);
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < units; ++i) {
    if (static_cast<double>(random() >> 11) * 0x1p-53 < density) continue;
    std::fill_n(chunk.begin() + static_cast<std::ptrdiff_t>(i * width), width, std::byte{0});
  }
  return chunk;
}

}  // namespace

TEST_CASE("Chunks of every dtype, size and density come back bit for bit") {
  ChunkCodec codec;
  for (const Dtype dtype : all_dtypes()) {
    const ChunkLayout layout = chunk_layout(dtype, 96);
    CAPTURE(dtype_info(dtype).name);
    for (const std::size_t units : {0U, 1U, 2U, 7U, 8U, 63U, 64U, 65U, 1000U, 65'535U}) {
      for (const double density : {0.0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.99, 1.0})
        round_trip(codec, pruned_bytes(units, layout.width, density, units + 7), layout);
    }
  }
}

TEST_CASE("Floats at every sparsity come back bit for bit") {
  ChunkCodec codec;
  for (const Dtype dtype : {Dtype::F32, Dtype::BF16, Dtype::F16, Dtype::F8_E4M3, Dtype::F64}) {
    for (const double sparsity : {0.0, 0.1, 0.5, 0.9, 0.95, 0.99, 0.9999}) {
      auto values = chunks::gaussian(100'000, 3);
      chunks::prune(values, sparsity);
      CAPTURE(dtype_info(dtype).name, sparsity);
      const Chunk chunk = chunks::as_dtype(values, dtype);
      const std::size_t size = round_trip(codec, chunk, chunk_layout(dtype, 100));
      CHECK(size < chunk.size());
    }
  }
}

TEST_CASE("A whole chunk of 2^20 elements comes back at every sparsity") {
  ChunkCodec codec;
  for (const double sparsity : {0.0, 0.5, 0.95}) {
    auto values = chunks::gaussian(std::size_t{1} << 20, 8);
    chunks::prune(values, sparsity);
    for (const Dtype dtype : {Dtype::BF16, Dtype::F64, Dtype::C64})
      round_trip(codec, chunks::as_dtype(values, dtype), chunk_layout(dtype, 1000));
  }
}

TEST_CASE("Every 16-bit pattern comes back, NaN payloads, subnormals and minus zero among them") {
  ChunkCodec codec;
  std::vector<std::uint16_t> codes(65'536);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::uint16_t>(i * 40'503);
  for (const Dtype dtype : {Dtype::F16, Dtype::BF16, Dtype::U16})
    round_trip(codec, chunks::bytes_of(codes), chunk_layout(dtype));
  std::vector<std::uint32_t> words;
  for (const std::uint32_t top : codes)
    words.push_back(top << 16 | (top % 3 == 0 ? 1U : 0U));
  round_trip(codec, chunks::bytes_of(words), chunk_layout(Dtype::F32));
}

TEST_CASE("Outliers of every kind among ordinary values come back") {
  ChunkCodec codec;
  auto values = chunks::gaussian(60'000, 21);
  chunks::prune(values, 0.5);
  const std::uint32_t odd[] = {0x8000'0000, 1,           0x8000'0001, 0x007F'FFFF, 0x7F80'0000, 0xFF80'0000,
                               0x7F80'0001, 0x7FFF'FFFF, 0xFFC0'1234, 0x7F7F'FFFF, 0xFF7F'FFFF, 0x0080'0000};
  std::size_t at = 5;
  for (int round = 0; round < 300; ++round) {
    for (const std::uint32_t bits : odd)
      values[(at += 16)] = std::bit_cast<float>(bits);
  }
  const std::size_t size = round_trip(codec, chunks::bytes_of(values), chunk_layout(Dtype::F32, 100));
  CHECK(size < values.size() * 3);
}

TEST_CASE("Constant chunks take no more than their header and a value") {
  ChunkCodec codec;
  for (const std::size_t width : {1U, 2U, 4U, 8U}) {
    Chunk zeros(width * 1000);
    CHECK(round_trip(codec, zeros, {.width = width}) == kChunkHeaderBytes);
    Chunk same(width * 1000);
    for (std::size_t i = 0; i < same.size(); ++i)
      same[i] = static_cast<std::byte>(1 + i % width);
    CHECK(round_trip(codec, same, {.width = width}) == kChunkOverheadBytes + width);
  }
}

TEST_CASE("What repeats, was cast or has structure is stored as such") {
  ChunkCodec codec;
  const ChunkLayout layout = chunk_layout(Dtype::F32, 512);
  auto cast = chunks::gaussian(200'000, 31);
  for (float& value : cast)
    value = std::bit_cast<float>(static_cast<std::uint32_t>(chunks::to_bf16(value)) << 16);
  CHECK(round_trip(codec, chunks::bytes_of(cast), layout) < cast.size() * 4 * 35 / 100);

  auto blocks = chunks::gaussian(512 * 400, 32);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if ((i / 512 / 16 + i % 512 / 16) % 3 != 0) blocks[i] = 0;
  }
  CHECK(round_trip(codec, chunks::bytes_of(blocks), layout) < blocks.size() * 4 / 3 * 85 / 100);

  auto columns = chunks::gaussian(511 * 400, 33);
  std::mt19937_64 random(3);
  std::vector<bool> dropped(511);
  std::generate(dropped.begin(), dropped.end(), [&] { return random() % 2 == 0; });
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (dropped[i % 511]) columns[i] = 0;
  }
  CHECK(round_trip(codec, chunks::bytes_of(columns), chunk_layout(Dtype::F32, 511)) <
        columns.size() * 4 / 2 * 88 / 100);

  std::vector<std::int64_t> positions(5000);
  std::iota(positions.begin(), positions.end(), std::int64_t{0});
  CHECK(round_trip(codec, chunks::bytes_of(positions), chunk_layout(Dtype::I64)) < positions.size() * 8 / 4);
}

TEST_CASE("A frame depends on chunk, layout and place alone") {
  ChunkCodec used, fresh;
  auto values = chunks::row_mixed(100'000, 41);
  chunks::prune(values, 0.7);
  const Chunk chunk = chunks::as_dtype(values, Dtype::BF16);
  round_trip(used, chunks::random_bytes(400'000, 42), chunk_layout(Dtype::F32));
  const ChunkLayout layout = chunk_layout(Dtype::BF16, 1024);
  const Bytes a = used.encode(chunk, layout, kPlace), b = fresh.encode(chunk, layout, kPlace);
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

TEST_CASE("Frames are the same bytes on every instruction set, and read by every other") {
  const Isa before = kernels().isa;
  for (const Dtype dtype : {Dtype::F32, Dtype::BF16, Dtype::F16, Dtype::F8_E4M3, Dtype::F64, Dtype::I32}) {
    auto values = chunks::gaussian(50'021, 43);
    values[77] = 3e30F;
    values[50'000] = -1e-30F;
    chunks::prune(values, 0.6);
    const ChunkLayout layout = chunk_layout(dtype, 100);
    const Chunk chunk = chunks::as_dtype(values, dtype);
    std::vector<Chunk> frames;
    for (const Isa isa : {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512bw}) {
      if (!force_isa(isa)) continue;
      ChunkCodec codec;
      const Bytes frame = codec.encode(chunk, layout, kPlace);
      frames.emplace_back(frame.begin(), frame.end());
      CHECK(frames.back() == frames.front());
      Chunk restored(chunk.size());
      codec.decode(frames.front(), layout, kPlace, restored);
      CHECK(restored == chunk);
    }
  }
  force_isa(before);
}

TEST_CASE("The entropy bound is that of mask, upper bits and lower bits") {
  EntropyBound bound;
  CHECK(bound.bytes() == 0);
  // 4 of 8 kept, two codes twice each: 8 + 4 × 1 bits, and 16 lower bits each.
  std::vector<std::uint32_t> units{0, 0x1'0001, 0, 0x2'0002, 0, 0x1'0003, 0, 0x2'0004};
  bound.add(chunks::bytes_of(units), {.width = 4});
  CHECK(bound.bytes() == Approx((8 + 4 + 64) / 8.0));
  bound.clear();
  bound.add(Chunk(64), {.width = 2});
  CHECK(bound.bytes() == Approx(0).margin(1e-9));
}
