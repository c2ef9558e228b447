#include "ops/written_files.hpp"

namespace weightsieve {

std::uint64_t WrittenFiles::place(std::size_t shard, std::uint64_t bytes) {
  OpenFile& file = open(shard);
  const std::uint64_t at = file.placed;
  file.placed += bytes;
  return at;
}

void WrittenFiles::add(const SegmentUnit& unit, std::uint64_t bytes, Bytes entry) {
  OpenFile& file = open(unit.shard);
  file.file.grow(bytes);
  file.entries.insert(file.entries.end(), entry.begin(), entry.end());
  file.segments = unit.segment + 1;
  finish_if_whole(unit.shard);
}

void WrittenFiles::finish_if_whole(std::size_t shard) {
  OpenFile& file = open(shard);
  const ShardTask& task = write_.shards[shard];
  if (file.segments < task.segments.size()) return;
  write_.encoding.finish(file.file, task.identity, file.entries);
  ManifestFile whole{task.name, file.file.size(), {}, task.identity.name, task.content_bytes};
  file.file.publish();
  write_.journalled->note_finished(whole);
  finished_.push_back(std::move(whole));
  open_.erase(shard);
}

void WrittenFiles::note() {
  for (auto& [shard, file] : open_) {
    file.file.sync();
    write_.journalled->note_part(write_.shards[shard].name, file.segments, file.file.size(),
                                 Bytes(file.entries).subspan(file.noted));
    file.noted = file.entries.size();
  }
}

WrittenFiles::OpenFile& WrittenFiles::open(std::size_t shard) {
  const auto known = open_.find(shard);
  if (known != open_.end()) return known->second;
  const FilePart& done = write_.shards[shard].done;
  PartialFile file = write_.journalled->open(write_.shards[shard].name, done);
  if (done.bytes == 0) write_.encoding.begin(file);
  const std::uint64_t size = file.size();
  const auto segments = static_cast<std::size_t>(done.segments);
  return open_.emplace(shard, OpenFile{std::move(file), size, done.entries, segments, done.entries.size()})
      .first->second;
}

}  // namespace weightsieve
