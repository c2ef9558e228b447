#include <cstring>

#include "codec/chunks.hpp"
#include "fuzz/seeds.hpp"
#include "support/zip_file.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve::test {
namespace {

std::string text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
Bytes bytes_in(const std::string& text) { return std::as_bytes(std::span(text)); }

/// Chunks that between them take every way to be packed: dense, sparse, of rows, constant, empty of values.
std::vector<std::string> contents() {
  std::vector<std::string> all{std::string(64, '\0'), std::string(64, '\1'), "odd text of bytes"};
  for (const double sparsity : {0.0, 0.5, 0.9, 0.99}) {
    auto values = chunks::gaussian(512, 3);
    chunks::prune(values, sparsity);
    all.push_back(text_of(chunks::bytes_of(values)));
  }
  std::string columns(1024, '\0');
  for (std::size_t i = 0; i < columns.size(); i += 16)
    columns[i] = static_cast<char>(i / 16 + 1);
  all.push_back(columns);
  return all;
}

std::string framed(const std::string& content, std::size_t width, std::uint64_t place) {
  ChunkCodec codec;
  return text_of(codec.encode(bytes_in(content), {.width = width, .floating = width > 1}, place));
}

std::size_t width_of(const std::string& content) { return content.size() % 4 == 0 ? 4 : 1; }

std::string packed(const std::vector<std::string>& pieces) {
  PackedShard shard{"model.safetensors", {3, 4}, {}};
  std::string frames;
  for (const std::string& piece : pieces) {
    const std::string frame =
        framed(piece, width_of(piece), packed_place(shard.run, shard.name, shard.entries.size()));
    shard.entries.push_back(packed_entry(bytes_in(frame), piece.size(), width_of(piece)));
    frames += frame;
  }
  return text_of(packed_header(shard)) + frames + text_of(packed_index(shard));
}

}  // namespace

Seeds deflate_seeds() {
  Seeds seeds;
  for (const std::string& content : contents())
    seeds.push_back(bytes_of(static_cast<std::uint16_t>(content.size())) + bytes_of(naive_crc32(content)) +
                    deflated(content));
  return seeds;
}

Seeds packed_shard_seeds() { return {packed(contents()), packed({safetensors_seeds().front()}), packed({})}; }

Seeds chunk_seeds() {
  Seeds seeds;
  for (const std::string& content : contents())
    for (const unsigned code : {0U, 1U, 2U, 3U}) {
      const std::size_t width = std::size_t{1} << code;
      const std::string whole = content.substr(0, content.size() / width * width);
      seeds.push_back(std::string(1, static_cast<char>(code)) +
                      bytes_of(static_cast<std::uint16_t>(whole.size() / width)) + framed(whole, width, 7));
    }
  return seeds;
}

Seeds seekable_zstd_seeds() {
  FrameCompressor compressor(1);
  std::string file;
  std::vector<SeekEntry> entries;
  for (const std::string& content : contents()) {
    const auto frame = compressor.compress(bytes_in(content));
    file += text_of(frame.bytes);
    entries.push_back(frame.entry);
  }
  return {file + text_of(seek_table(entries))};
}

}  // namespace weightsieve::test
