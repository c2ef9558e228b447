#include "codec/zstd_frame.hpp"

#include <zstd.h>

#include <array>
#include <initializer_list>
#include <new>
#include <utility>

namespace weightsieve::codec {
namespace {

using Setting = std::pair<ZSTD_cParameter, int>;

void apply(ZSTD_CCtx* context, std::initializer_list<Setting> settings) {
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  for (const auto& [parameter, value] : settings)
    ZSTD_CCtx_setParameter(context, parameter, value);
}

void apply(ZSTD_CCtx* context, Effort effort) {
  switch (effort) {
    case Effort::symbols:  // few places to look for repetition, so that little is spent on looking
      return apply(context, {{ZSTD_c_compressionLevel, 1},
                             {ZSTD_c_strategy, ZSTD_fast},
                             {ZSTD_c_minMatch, 7},
                             {ZSTD_c_hashLog, 6},
                             {ZSTD_c_windowLog, 17}});
    case Effort::fast:
      return apply(context, {{ZSTD_c_compressionLevel, 1}});
    case Effort::thorough:
      return apply(context, {{ZSTD_c_compressionLevel, 3}});
  }
}

std::optional<std::size_t> compress_with(ZSTD_CCtx* context, Bytes content, std::span<std::byte> out) {
  const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size());
  if (ZSTD_isError(size)) return std::nullopt;
  return size;
}

// Little-endian, `bytes` of them.
std::optional<std::uint64_t> read_number(ByteReader& reader, std::size_t bytes) noexcept {
  const auto taken = reader.take(bytes);
  if (!taken) return std::nullopt;
  std::uint64_t number = 0;
  std::memcpy(&number, taken->data(), bytes);
  return number;
}

std::uint64_t window_of(std::uint64_t descriptor) noexcept {
  const std::uint64_t base = std::uint64_t{1} << (10 + (descriptor >> 3));
  return base + (base >> 3) * (descriptor & 7);
}

}  // namespace

std::optional<ZstdFrameHeader> parse_zstd_header(Bytes bytes) noexcept {
  constexpr std::uint32_t kMagic = 0xFD2FB528;
  ByteReader reader(bytes);
  const auto magic = reader.read<std::uint32_t>();
  const auto descriptor = reader.read<std::uint8_t>();
  if (magic != kMagic || !descriptor) return std::nullopt;
  const bool single_segment = *descriptor & 0x20;
  const bool reserved = *descriptor & 0x18;  // of the two bits, one is only unused: writers clear it
  constexpr std::array<std::size_t, 4> kDictionaryBytes{0, 1, 2, 4};
  const std::array<std::size_t, 4> size_bytes{single_segment ? 1U : 0U, 2, 4, 8};
  const auto window = single_segment ? std::optional<std::uint64_t>(0) : read_number(reader, 1);
  const auto dictionary = read_number(reader, kDictionaryBytes[*descriptor & 3]);
  const std::size_t field_bytes = size_bytes[*descriptor >> 6];
  const auto size = read_number(reader, field_bytes);
  if (reserved || !window || !dictionary || !size) return std::nullopt;

  ZstdFrameHeader header{.has_dictionary = *dictionary != 0, .has_checksum = (*descriptor & 4) != 0};
  if (field_bytes > 0) header.content_bytes = field_bytes == 2 ? *size + 256 : *size;
  header.window_bytes = single_segment ? *size : window_of(*window);
  return header;
}

const char* zstd_frame_fault(Bytes frame, std::uint64_t content_bytes) noexcept {
  const auto header = parse_zstd_header(frame);
  if (!header) return "no zstd frame begins here";
  if (header->has_dictionary) return "the frame wants a dictionary";
  if (header->window_bytes > kMaxWindowBytes) return "the frame wants a window of more than 8 MiB";
  if (header->content_bytes != content_bytes) return "the frame's content size is not the one needed";
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size())
    return "the frame does not end where it must";
  return nullptr;
}

std::size_t zstd_frame_bound(std::size_t content_bytes) noexcept { return ZSTD_compressBound(content_bytes); }

void ZstdCompressor::Free::operator()(ZSTD_CCtx_s* context) const noexcept { ZSTD_freeCCtx(context); }

ZstdCompressor::ZstdCompressor() : context_(ZSTD_createCCtx()) {
  if (!context_) throw std::bad_alloc();
}

std::optional<std::size_t> ZstdCompressor::compress(Bytes content, Effort effort, std::span<std::byte> out) {
  apply(context_.get(), effort);
  return compress_with(context_.get(), content, out);
}

std::optional<std::size_t> ZstdCompressor::compress(Bytes content, int level, std::span<std::byte> out) {
  apply(context_.get(), {{ZSTD_c_compressionLevel, level}, {ZSTD_c_checksumFlag, 1}});
  return compress_with(context_.get(), content, out);
}

void ZstdDecompressor::Free::operator()(ZSTD_DCtx_s* context) const noexcept { ZSTD_freeDCtx(context); }

ZstdDecompressor::ZstdDecompressor() : context_(ZSTD_createDCtx()) {
  if (!context_) throw std::bad_alloc();
}

bool ZstdDecompressor::decompress(Bytes frame, std::span<std::byte> content) noexcept {
  return ZSTD_decompressDCtx(context_.get(), content.data(), content.size(), frame.data(), frame.size()) ==
         content.size();
}

}  // namespace weightsieve::codec
