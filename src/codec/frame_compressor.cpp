#include <cassert>

#include "codec/buffer.hpp"
#include "codec/zstd_frame.hpp"
#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve {

struct FrameCompressor::State {
  int level;
  codec::ZstdCompressor compressor = {};
  codec::Buffer frame = {};
};

FrameCompressor::FrameCompressor(int level) : state_(new State{level}) {}
FrameCompressor::~FrameCompressor() = default;
FrameCompressor::FrameCompressor(FrameCompressor&&) noexcept = default;
FrameCompressor& FrameCompressor::operator=(FrameCompressor&&) noexcept = default;

FrameCompressor::Frame FrameCompressor::compress(Bytes content) {
  assert(!content.empty() && content.size() <= kMaxPlannedFrameBytes);
  const std::size_t room = codec::zstd_frame_bound(content.size());
  std::byte* const out = state_->frame.reserve(room);
  const auto size = state_->compressor.compress(content, state_->level, {out, room});
  assert(size);
  // A zstd frame ends with the very checksum that the seek table wants.
  const auto checksum = load<std::uint32_t>(out + *size - sizeof(std::uint32_t));
  return {{out, *size},
          {static_cast<std::uint32_t>(*size), static_cast<std::uint32_t>(content.size()), checksum}};
}

}  // namespace weightsieve
