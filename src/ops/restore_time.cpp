#include "ops/restore_time.hpp"

#include <filesystem>

#include "ops/clock.hpp"
#include "ops/segment_sum.hpp"
#include "ops/write_checkpoint.hpp"

namespace weightsieve {
namespace {

/// Mapped pages come in when they are touched. What is added up is nothing but a reason to touch them.
double touch_pages(Bytes content, const Segment&) {
  constexpr std::size_t page = 4096;
  std::size_t sum = 0;
  for (std::size_t at = 0; at < content.size(); at += page)
    sum += static_cast<std::size_t>(content[at]);
  return static_cast<double>(sum);
}

void read_whole(const std::string& path, const RunControl& control) {
  const Checkpoint checkpoint = open_checkpoint(path, {.io = control.io});
  SourcePool files = open_files(checkpoint, control.io);
  const auto shards = plan_shards(checkpoint, shard_encoding(Encoding::dense), {});
  sum_over_segments(
      files, {}, shards, "reading back", [] { return touch_pages; }, control);
}

}  // namespace

double time_restoring(const std::string& folder, std::span<const ManifestFile> files,
                      const RunControl& control) {
  const Clock clock;
  for (const ManifestFile& file : files)
    if (!file.content_name.empty()) read_whole((std::filesystem::path(folder) / file.name).string(), control);
  return clock.seconds();
}

}  // namespace weightsieve
