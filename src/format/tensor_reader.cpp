#include <cassert>
#include <cstring>

#include "format/content.hpp"
#include "format/decoded_file.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {
namespace {

std::vector<PooledFile> pooled(const Checkpoint& checkpoint) {
  std::vector<PooledFile> files;
  files.reserve(checkpoint.files.size());
  for (const CheckpointFile& file : checkpoint.files)
    files.push_back({file.path, file.identity});
  return files;
}

}  // namespace

SourcePool open_files(const Checkpoint& checkpoint, IoMode mode) {
  constexpr std::size_t most_idle = 16;
  std::vector<std::shared_ptr<const format::Content>> contents;
  contents.reserve(checkpoint.files.size());
  for (const CheckpointFile& file : checkpoint.files)
    contents.push_back(file.content);
  const auto decode = [contents = std::move(contents), mode](std::size_t i,
                                                             std::shared_ptr<const Source> file) {
    file = format::decoded(std::move(file)).source;
    return contents[i] ? format::open_content(std::move(file), contents[i], mode) : file;
  };
  return {pooled(checkpoint), mode, most_idle, decode};
}

Cursor& TensorReader::cursor_of(const TensorInfo& tensor) {
  if (tensor.file != open_file_) {
    cursor_.reset();
    source_ = files_->open(tensor.file);
    cursor_ = source_->cursor();
    open_file_ = tensor.file;
  }
  return *cursor_;
}

Bytes TensorReader::read(const TensorInfo& tensor, std::uint64_t first, std::uint64_t count) {
  assert(first <= tensor.elements && count <= tensor.elements - first);
  Cursor& cursor = cursor_of(tensor);
  // A tensor's bits fit 64 bits: open_checkpoint() made sure.
  const std::uint64_t bits = dtype_info(tensor.dtype).bits;
  const std::uint64_t begin = first * bits / 8;
  const std::uint64_t end = ((first + count) * bits + 7) / 8;
  try {
    return cursor.view(tensor.offset_bytes + begin, static_cast<std::size_t>(end - begin));
  } catch (const Error& error) {
    throw about_tensor(error, tensor.name);
  }
}

Bytes TensorReader::read_scales(const TensorInfo& tensor, const BlockScale& scale, std::uint64_t first,
                                std::uint64_t count) {
  const BlockTypeInfo& blocks = block_type_info(tensor.blocks);
  const std::size_t bytes = std::size_t{scale.count} * dtype_info(scale.dtype).bits / 8;
  // Only a content has blocks.
  auto& cursor = dynamic_cast<format::BlockCursor&>(cursor_of(tensor));
  try {
    const Bytes packed = cursor.view_blocks(tensor.offset_bytes, first, count);
    scales_.resize(static_cast<std::size_t>(count) * bytes);
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(scales_.data() + i * bytes, packed.data() + i * blocks.bytes + scale.offset_bytes, bytes);
  } catch (const Error& error) {
    throw about_tensor(error, tensor.name);
  }
  return scales_;
}

}  // namespace weightsieve
