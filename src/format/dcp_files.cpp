#include "format/dcp_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "format/foreign_names.hpp"
#include "format/slice_source.hpp"
#include "format/torch_archive.hpp"
#include "format/torch_elements.hpp"
#include "format/torch_globals.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

/// What was found in a part of a file, said of the file.
Error placed(const Error& error, std::uint64_t offset_bytes, std::string_view tensor) {
  Place place = error.place();
  if (place.offset_bytes) *place.offset_bytes += offset_bytes;
  return about_tensor(Error(error.code(), error.message(), place), std::string(tensor));
}

}  // namespace

DcpFiles::DcpFiles(const DcpMetadata& metadata, std::string metadata_path, const Candidate& files,
                   const OpenOptions& options, Checkpoint& checkpoint, ContentBuilder& builder,
                   ProblemLog& problems)
    : metadata_(metadata),
      metadata_path_(std::move(metadata_path)),
      files_(files),
      options_(options),
      checkpoint_(checkpoint),
      builder_(builder),
      problems_(problems),
      items_(files.names.size()) {
  for (std::size_t i = 0; i < metadata.items.size(); ++i) {
    const auto at = std::ranges::lower_bound(files.names, metadata.items[i].file);
    items_[static_cast<std::size_t>(at - files.names.begin())].push_back(i);
  }
  for (std::vector<std::size_t>& items : items_)
    std::ranges::sort(items, {}, [&](std::size_t i) {
      return std::tuple(metadata.items[i].offset_bytes, metadata.items[i].bytes, i);
    });
}

void DcpFiles::read(const std::map<std::size_t, WantedChunk>& wanted) {
  for (std::size_t file = 0; file < files_.names.size(); ++file)
    read_file(file, wanted);
}

void DcpFiles::read_file(std::size_t file, const std::map<std::size_t, WantedChunk>& wanted) {
  const std::string path = files_.path(file);
  const auto source = open_source(path, options_.io);
  checkpoint_.files.push_back({files_.names[file], path, source->identity(), {}, 0, {}, nullptr});
  const std::uint32_t number = builder_.add_file({path, source->identity()});
  check_items(items_[file], *source);
  const auto cursor = source->cursor();
  for (const std::size_t i : items_[file])
    if (const auto at = wanted.find(i); at != wanted.end())
      chunks_.emplace(i, read_item(metadata_.items[i], at->second, source, *cursor, number));
  problems_.set_origin(0);
  source->check_unchanged();
}

/// Items lie one after another, and nothing else does.
void DcpFiles::check_items(const std::vector<std::size_t>& items, const Source& source) {
  std::uint64_t end = 0;
  const auto note_gap = [&](std::uint64_t to) {
    if (to > end)
      problems_.warn(rules::kDcpGap, source.path(), end,
                     fmt::format("{} bytes belong to nothing that was saved", grouped(to - end)));
  };
  for (const std::size_t i : items) {
    const DcpItem& item = metadata_.items[i];
    const auto item_end = checked_add(item.offset_bytes, item.bytes);
    if (!item_end || *item_end > source.size())
      reject(rules::kDcpTruncated, metadata_path_, item.at,
             fmt::format("a chunk of {} bytes at {} of {}, which has {} bytes", grouped(item.bytes),
                         grouped(item.offset_bytes), in_quotes(item.file), grouped(source.size())));
    if (item.offset_bytes < end && item.bytes > 0)
      reject(rules::kDcpItem, metadata_path_, item.at,
             fmt::format("a chunk at {} of {} begins where another lies, which ends at {}",
                         grouped(item.offset_bytes), in_quotes(item.file), grouped(end)));
    note_gap(item.offset_bytes);
    end = std::max(end, *item_end);
  }
  note_gap(source.size());
}

DcpFiles::Read DcpFiles::read_item(const DcpItem& item, const WantedChunk& wanted,
                                   const std::shared_ptr<const Source>& source, Cursor& cursor,
                                   std::uint32_t file) {
  if (item.is_transformed)
    return {{}, "its chunks were compressed or transformed when they were saved, which is not undone"};
  problems_.set_origin(item.offset_bytes);
  try {
    const TorchArchive archive(slice_of(source, cursor, item.offset_bytes, item.bytes), problems_);
    checkpoint_.header_bytes += archive.header_bytes();
    note_foreign_names(archive.pickle(), source->path(), archive.pickle_at(), is_known_global, problems_);
    TorchTensors tensors(archive.pickle(), source->path());
    Read read;
    auto view = tensors.read(archive.root(), wanted.name, read.why);
    if (!view) return read;
    check_chunk(*view, tensors.storages()[view->storage], wanted, source->path());
    Stretch stretch = archive.stretch_of(tensors.storages()[view->storage]);
    if (stretch.deflated) return {{}, "its chunks are compressed"};
    stretch.offset_bytes += item.offset_bytes;
    stretch.file = file;
    read.stored = StoredChunk{std::move(*view), builder_.add_stretch(stretch), archive.big_endian()};
    return read;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    throw placed(error, item.offset_bytes, wanted.name);
  }
}

void DcpFiles::check_chunk(const TorchView& view, const TorchStorage& storage, const WantedChunk& wanted,
                           const std::string& path) {
  if (view.sizes != wanted.chunk->sizes || view.dtype != wanted.tensor->dtype)
    reject(rules::kDcpTensor, path, storage.at,
           fmt::format("the chunk is {} {}; must be {} {}", dtype_info(view.dtype).name,
                       to_string(view.sizes), wanted.tensor->dtype_name, to_string(wanted.chunk->sizes)));
  // What is saved owns its elements: none stands for several.
  const std::uint64_t bytes = element_count(view.sizes).value_or(0) * torch_element_bytes(view.dtype);
  if (bytes > storage.bytes)
    reject(rules::kTorchRepeat, path, storage.at,
           fmt::format("the chunk has {} bytes, its storage {}", grouped(bytes), grouped(storage.bytes)));
}

}  // namespace weightsieve::format
