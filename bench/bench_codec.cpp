// The packed encoding beside its entropy bound and zstd -1: sizes, and speeds measured in one run, one
// thread, warm. Usage: bench_codec [--sizes] [FILTER] (a part of a case's name; --sizes leaves out the
// speeds)
#include <fmt/format.h>
#include <zstd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string_view>

#include "codec/chunks.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/entropy_bound.hpp"

using namespace weightsieve;
using chunks::Chunk;

namespace {

constexpr std::size_t kElements = std::size_t{1} << 22;
constexpr std::size_t kChunkElements = std::size_t{1} << 20;
constexpr std::uint64_t kRow = 1024;
constexpr int kRounds = 7;

struct Case {
  std::string name;
  Dtype dtype;
  Chunk data;
};

double seconds(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

std::vector<Bytes> pieces(Bytes data, std::size_t bytes) {
  std::vector<Bytes> out;
  for (std::size_t at = 0; at < data.size(); at += bytes)
    out.push_back(data.subspan(at, std::min(bytes, data.size() - at)));
  return out;
}

struct Coder {
  std::vector<Chunk> frames;
  std::function<Bytes(Bytes)> encode;
  std::function<void(Bytes, std::span<std::byte>)> decode;

  void encode_all(const std::vector<Bytes>& parts) {
    frames.clear();
    for (const Bytes part : parts) {
      const Bytes frame = encode(part);
      frames.emplace_back(frame.begin(), frame.end());
    }
  }

  std::size_t size() const {
    std::size_t total = 0;
    for (const Chunk& frame : frames)
      total += frame.size();
    return total;
  }

  double write_seconds(const std::vector<Bytes>& parts) const {
    return seconds([&] {
      for (const Bytes part : parts)
        encode(part);
    });
  }

  double read_seconds(Chunk& out, std::size_t bytes) const {
    return seconds([&] {
      for (std::size_t i = 0; i < frames.size(); ++i)
        decode(frames[i], std::span(out).subspan(i * bytes, std::min(bytes, out.size() - i * bytes)));
    });
  }
};

Coder packed(ChunkCodec& codec, const ChunkLayout& layout) {
  return {.frames = {},
          .encode = [&codec, layout](Bytes part) { return codec.encode(part, layout, 1); },
          .decode = [&codec, layout](Bytes frame,
                                     std::span<std::byte> out) { codec.decode(frame, layout, 1, out); }};
}

Coder zstd(int level, ZSTD_CCtx* compressor, ZSTD_DCtx* decompressor, Chunk& room) {
  return {.frames = {},
          .encode =
              [=, &room](Bytes part) {
                return Bytes(room.data(), ZSTD_compressCCtx(compressor, room.data(), room.size(), part.data(),
                                                            part.size(), level));
              },
          .decode =
              [=](Bytes frame, std::span<std::byte> out) {
                ZSTD_decompressDCtx(decompressor, out.data(), out.size(), frame.data(), frame.size());
              }};
}

// Entropy coding byte plane by byte plane, as zstd -1 on each: what a plain splitter does.
std::size_t plane_bytes(Bytes part, std::size_t width, Coder& coder) {
  std::size_t total = 0;
  Chunk plane(part.size() / width);
  for (std::size_t p = 0; p < width; ++p) {
    for (std::size_t i = 0; i < plane.size(); ++i)
      plane[i] = part[i * width + p];
    total += std::min(coder.encode(plane).size(), plane.size());
  }
  return total;
}

struct Bounds {
  double all, by_chunk;
};

Bounds bounds_of(const std::vector<Bytes>& parts, const ChunkLayout& layout) {
  EntropyBound all, single;
  Bounds bounds{};
  for (const Bytes part : parts) {
    all.add(part, layout);
    single.clear();
    single.add(part, layout);
    bounds.by_chunk += single.bytes();
  }
  bounds.all = all.bytes();
  return bounds;
}

void run(const Case& c, bool with_speeds) {
  const ChunkLayout layout = chunk_layout(c.dtype, kRow);
  const std::size_t chunk_bytes = kChunkElements * layout.width;
  const auto parts = pieces(c.data, chunk_bytes);
  ChunkCodec codec;
  Chunk room(ZSTD_compressBound(chunk_bytes)), out(c.data.size());
  ZSTD_CCtx* const compressor = ZSTD_createCCtx();
  ZSTD_DCtx* const decompressor = ZSTD_createDCtx();
  Coder ours = packed(codec, layout), fast = zstd(1, compressor, decompressor, room),
        thorough = zstd(3, compressor, decompressor, room);
  ours.encode_all(parts);
  fast.encode_all(parts);
  thorough.encode_all(parts);
  std::size_t planes = 0;
  for (const Bytes part : parts)
    planes += plane_bytes(part, layout.width, fast);
  const Bounds bounds = bounds_of(parts, layout);
  const auto raw = static_cast<double>(c.data.size());
  const auto size = static_cast<double>(ours.size());
  fmt::print("{:<28} {:6.4f}  {:6.4f}  {:6.4f}  {:6.4f}  {:6.4f}  {:6.4f}  {:6.4f}", c.name, bounds.all / raw,
             size / raw, size / bounds.all, size / bounds.by_chunk, static_cast<double>(fast.size()) / raw,
             static_cast<double>(thorough.size()) / raw, static_cast<double>(planes) / raw);
  if (with_speeds) {
    const double write = ours.write_seconds(parts), zstd_write = fast.write_seconds(parts);
    const double read = ours.read_seconds(out, chunk_bytes);
    const bool same = out == c.data;
    const double zstd_read = fast.read_seconds(out, chunk_bytes);
    fmt::print("  {:6.2f} {:6.2f} {:5.1f}  {:6.2f} {:6.2f} {:5.1f}{}", raw / write / 1e9,
               raw / zstd_write / 1e9, zstd_write / write, raw / read / 1e9, raw / zstd_read / 1e9,
               zstd_read / read, same ? "" : "  NOT RESTORED");
  }
  fmt::print("\n");
  std::fflush(stdout);
  ZSTD_freeCCtx(compressor);
  ZSTD_freeDCtx(decompressor);
}

using Values = std::vector<float>;

void drop_blocks(Values& values, std::size_t rows, std::size_t columns, double sparsity, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t top = 0; top < values.size() / kRow; top += rows) {
    for (std::size_t left = 0; left < kRow; left += columns) {
      if (static_cast<double>(random() >> 11) * 0x1p-53 >= sparsity) continue;
      for (std::size_t i = 0; i < rows; ++i)
        std::fill_n(values.begin() + static_cast<std::ptrdiff_t>((top + i) * kRow + left), columns, 0.0F);
    }
  }
}

// 4 bits and a scale for each 128 values, as 4-bit quantisers restore them.
void quantise(Values& values, float levels) {
  for (std::size_t begin = 0; begin < values.size(); begin += 128) {
    float most = 0;
    for (std::size_t i = begin; i < begin + 128; ++i)
      most = std::max(most, std::fabs(values[i]));
    const float scale = most / levels;
    for (std::size_t i = begin; i < begin + 128; ++i)
      values[i] = std::nearbyint(values[i] / scale) * scale;
  }
}

void round_to_bf16(Values& values) {
  for (float& value : values)
    value = std::bit_cast<float>(static_cast<std::uint32_t>(chunks::to_bf16(value)) << 16);
}

class Bench {
 public:
  Bench(std::string_view filter, bool with_speeds) : filter_(filter), with_speeds_(with_speeds) {}

  void add(const std::string& name, Dtype dtype, const std::function<Values()>& make) {
    const std::string full = fmt::format("{} {}", dtype_info(dtype).name, name);
    if (full.find(filter_) == std::string::npos) return;
    run({full, dtype, chunks::as_dtype(make(), dtype)}, with_speeds_);
  }

 private:
  std::string_view filter_;
  bool with_speeds_;
};

void add_sparse(Bench& bench, Dtype dtype) {
  for (const bool mixed : {false, true}) {
    const Values values = mixed ? chunks::row_mixed(kElements, 1) : chunks::gaussian(kElements, 1);
    const char* const data = mixed ? "rows" : "gaussian";
    for (const double sparsity : {0.0, 0.1, 0.5, 0.9, 0.95, 0.99}) {
      bench.add(fmt::format("{} {} %", data, sparsity * 100), dtype, [&] {
        Values pruned = values;
        chunks::prune(pruned, sparsity);
        return pruned;
      });
    }
    bench.add(fmt::format("{} 2:4", data), dtype, [&] {
      Values pruned = values;
      chunks::prune_two_of_four(pruned);
      return pruned;
    });
  }
}

void add_structured(Bench& bench, Dtype dtype) {
  const Values values = chunks::gaussian(kElements, 2);
  const auto changed = [&](const std::function<void(Values&)>& change) {
    return [&values, change] {
      Values copy = values;
      change(copy);
      return copy;
    };
  };
  bench.add("cast from BF16", dtype, changed(round_to_bf16));
  bench.add("dequantised int4", dtype, changed([](Values& v) { quantise(v, 7); }));
  bench.add("dequantised int8", dtype, changed([](Values& v) { quantise(v, 127); }));
  bench.add("blocks 16x16 90 %", dtype, changed([](Values& v) { drop_blocks(v, 16, 16, 0.9, 3); }));
  bench.add("blocks 4x4 50 %", dtype, changed([](Values& v) { drop_blocks(v, 4, 4, 0.5, 3); }));
  bench.add("rows dropped 50 %", dtype, changed([](Values& v) { drop_blocks(v, 1, kRow, 0.5, 3); }));
  bench.add("columns dropped 50 %", dtype,
            changed([](Values& v) { drop_blocks(v, v.size() / kRow, 1, 0.5, 3); }));
}

}  // namespace

int main(int argc, char** argv) {
  bool with_speeds = true;
  std::string_view filter;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--sizes") {
      with_speeds = false;
    } else {
      filter = argv[i];
    }
  }
  fmt::print("{:<28} share of the raw bytes:          × bound over   zstd    zstd    zstd -1\n", "");
  fmt::print("{:<28} bound   packed   all    chunks   -1      -3      planes{}\n", "",
             with_speeds ? "   write GB/s, zstd, ×    read GB/s, zstd, ×" : "");
  Bench bench(filter, with_speeds);
  for (const Dtype dtype : {Dtype::F32, Dtype::BF16, Dtype::F16, Dtype::F8_E4M3})
    add_sparse(bench, dtype);
  for (const Dtype dtype : {Dtype::F32, Dtype::BF16})
    add_structured(bench, dtype);
}
