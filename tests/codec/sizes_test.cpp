// How small frames are, against the entropy of what they hold. Sizes do not depend on the machine.
#include <catch2/catch.hpp>

#include "codec/chunks.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/entropy_bound.hpp"

using namespace weightsieve;
using chunks::Chunk;

TEST_CASE("Frames come close to the entropy of what they hold") {
  struct Target {
    double sparsity, most, most_f8;
  };
  constexpr Target kTargets[] = {{0, 1.01, 1.015},   {0.1, 1.01, 1.015},  {0.5, 1.01, 1.015},
                                 {0.9, 1.01, 1.015}, {0.95, 1.015, 1.02}, {0.99, 1.02, 1.03}};
  ChunkCodec codec;
  EntropyBound bound;
  for (const bool mixed : {false, true}) {
    const std::size_t count = std::size_t{1} << 22;
    const auto values = mixed ? chunks::row_mixed(count, 51) : chunks::gaussian(count, 51);
    for (const Target& target : kTargets) {
      auto pruned = values;
      chunks::prune(pruned, target.sparsity);
      for (const Dtype dtype : {Dtype::F32, Dtype::BF16, Dtype::F16, Dtype::F8_E4M3}) {
        const ChunkLayout layout = chunk_layout(dtype, 1024);
        const Chunk chunk = chunks::as_dtype(pruned, dtype);
        bound.clear();
        bound.add(chunk, layout);
        std::size_t size = 0;
        const std::size_t bytes = layout.width << 20;
        for (std::size_t at = 0; at < chunk.size(); at += bytes)
          size += codec.encode(Bytes(chunk).subspan(at, bytes), layout, at).size();
        CAPTURE(dtype_info(dtype).name, mixed, target.sparsity);
        CHECK(static_cast<double>(size) <=
              bound.bytes() * (layout.width == 1 ? target.most_f8 : target.most));
      }
    }
  }
}
