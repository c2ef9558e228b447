#include "weightsieve/codec/chunk_codec.hpp"

#include <catch2/catch.hpp>

#include "codec/chunks.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/rules.hpp"

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
    for (const std::size_t units : {0, 1, 2, 7, 8, 63, 64, 65, 1000, 65'535}) {
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
