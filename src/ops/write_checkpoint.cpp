#include "ops/write_checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ops/clock.hpp"
#include "ops/crew_of.hpp"
#include "ops/entropy_bounds.hpp"
#include "ops/file_digests.hpp"
#include "ops/fresh_index.hpp"
#include "ops/hexadecimal.hpp"
#include "ops/open_input.hpp"
#include "ops/output_folder.hpp"
#include "ops/restore_time.hpp"
#include "ops/run_identity.hpp"
#include "ops/sidecars.hpp"
#include "ops/write_job.hpp"
#include "ops/write_together.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

Hash128 identify(const WriteTask& task, const WriteOptions& options, const RunControl& control) {
  const int level = options.encoding == Encoding::zst ? options.level : 0;
  return identify_run(task.checkpoint, task.files,
                      fmt::format("{} {} {}", to_string(options.encoding), level, task.options), control.io);
}

class WriteRun {
 public:
  WriteRun(const WriteTask& task, const WriteOptions& options, const RunControl& control)
      : task_(task),
        options_(options),
        control_(control),
        encoding_(shard_encoding(options.encoding)),
        run_(identify(task, options, control)) {
    find_copies();
  }

  WriteResult write() {
    const Clock clock;
    std::optional<WriteResult> finished;
    shards_ = plan_shards(task_.checkpoint, encoding_, run_);
    const auto left = on_first(control_.team, [&] {
      finished = find();
      return finished ? std::vector<std::byte>() : begin();
    });
    if (finished) return std::move(*finished);
    if (left.empty()) return nothing_yet();
    try {
      WriteResult result = write_left(left);
      result.write_seconds = clock.seconds();
      return result;
    } catch (const Error& error) {
      const bool resumable = options_.existing == Leftover::resume || error.code() == ErrorCode::cancelled;
      if (folder_ && !resumable) folder_->discard();
      if (!folder_ || error.code() != ErrorCode::cancelled) throw;
      throw Error(error.code(), error.message(), {.file = folder_->path_of(kJournalName)});
    }
  }

  /// What an earlier run finished, when this one may go on.
  std::optional<WriteResult> find() const {
    if (options_.existing != Leftover::resume || !task_.with_manifest) return std::nullopt;
    return find_finished(task_.folder, task_.checkpoint, options_.encoding, run_);
  }

 private:
  /// What comes along from a folder; from an index, the index.
  void find_copies() {
    std::error_code ignored;
    const fs::path path = task_.path;
    const bool is_folder = fs::is_directory(path, ignored);
    const bool is_shard = std::ranges::any_of(task_.checkpoint.files, [&](const CheckpointFile& file) {
      return leads_to(task_.path, file.identity);
    });
    copies_from_ = is_folder ? path : path.parent_path();
    if (is_folder)
      sidecars_ = find_sidecars(task_.path);
    else if (!is_shard)
      sidecars_ = {path.filename().string()};
    if (is_converted(task_.checkpoint)) std::erase_if(sidecars_, is_index_name);
    index_ = fresh_index_name(task_.checkpoint);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names = sidecars_;
    for (const ShardTask& shard : shards_)
      names.push_back(shard.name);
    if (index_) names.push_back(*index_);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end())
      throw Error(ErrorCode::usage, fmt::format("two files would be written as {}", *twice),
                  {.file = task_.path});
    return names;
  }

  WriteResult nothing_yet() const {
    return {task_.checkpoint.name, task_.folder, options_.encoding, run_, 0, 0, {}, false};
  }

  /// Opens the folder, and tells how far an earlier run got: of each shard whether it is finished, else its
  /// segments and their bytes.
  std::vector<std::byte> begin() {
    folder_.emplace(task_.folder, names(), journal_line(task_.checkpoint, run_),
                    fmt::format("{} {}", task_.verb, hexadecimal(task_.path)), options_.existing,
                    task_.checkpoint);
    WireWriter out;
    for (const ShardTask& shard : shards_) {
      auto file = folder_->finished(shard.name);
      out.count(file ? 1 : 0);
      if (file) finished_.push_back(std::move(*file));
      if (file) continue;
      const FilePart part = folder_->part(shard.name);
      out.count(part.segments);
      out.count(part.bytes);
    }
    return out.take();
  }

  /// The shards that are to be written.
  std::vector<ShardTask> left_shards(WireReader in) {
    std::vector<ShardTask> left;
    for (ShardTask& shard : shards_) {
      if (in.truth()) continue;
      shard.done.segments = in.count(shard.segments.size());
      shard.done.bytes = in.count();
      if (folder_) shard.done.entries = folder_->part(shard.name).entries;
      left.push_back(std::move(shard));
    }
    return left;
  }

  /// All that is left to be done. Only rank 0 has the folder.
  WriteResult write_left(Bytes left) {
    WriteResult result = nothing_yet();
    result.files = std::move(finished_);
    write_shards(left_shards(WireReader(left)), result.files);
    if (task_.hashes)
      add_digests(result.files, task_.folder, control_.io, crew_of(control_), control_.progress);
    together(control_.team, [this] { task_.files.check_unchanged(); });
    on_first(control_.team, [&] {
      complete(*folder_, result);
      return std::vector<std::byte>();
    });
    return result;
  }

  void complete(OutputFolder& folder, WriteResult& result) {
    copy_sidecars(folder, result.files);
    if (index_) write_index(folder, result.files);
    std::ranges::sort(result.files, {}, &ManifestFile::name);
    for (const ManifestFile& file : result.files) {
      if (file.content_name.empty()) continue;
      result.content_bytes += file.content_bytes;
      result.written_bytes += file.bytes;
    }
    if (task_.with_manifest) folder.publish({result.checkpoint, options_.encoding, run_, result.files});
    folder.finish();
  }

  void write_shards(const std::vector<ShardTask>& left, std::vector<ManifestFile>& files) {
    std::uint64_t bytes = 0;
    for (const ShardTask& shard : left)
      for (std::size_t i = shard.done.segments; i < shard.segments.size(); ++i)
        bytes += shard.segments[i].bytes;
    ProgressMeter progress(control_.progress, bytes, task_.pass);
    for (ManifestFile& file : control_.team != nullptr ? by_team(left, progress) : alone(left, progress))
      files.push_back(std::move(file));
  }

  std::vector<ManifestFile> alone(std::span<const ShardTask> left, ProgressMeter& progress) {
    const Crew crew = crew_of(control_);
    WriteJob job(task_.files, task_.prune, encoding_, options_.level, task_.hashes, task_.note_bytes, left,
                 *folder_, progress, crew.cancel);
    ThreadExecutor(crew.threads, 2 * std::size_t{crew.threads}, crew.cancel).run(job);
    return job.take_files();
  }

  std::vector<ManifestFile> by_team(std::span<const ShardTask> left, ProgressMeter& progress) {
    return write_shards_together({task_.files, task_.prune, encoding_, options_.level, task_.note_bytes, left,
                                  task_.folder, folder_ ? &*folder_ : nullptr},
                                 crew_of(control_), progress);
  }

  void copy_sidecars(OutputFolder& folder, std::vector<ManifestFile>& files) {
    for (const std::string& name : sidecars_) {
      if (auto finished = folder.finished(name)) {
        files.push_back(std::move(*finished));
        continue;
      }
      files.push_back(copy_sidecar((copies_from_ / name).string(), name, folder, control_));
    }
  }

  void write_index(OutputFolder& folder, std::vector<ManifestFile>& files) const {
    if (auto finished = folder.finished(*index_)) {
      files.push_back(std::move(*finished));
      return;
    }
    const std::string text = fresh_index(task_.checkpoint);
    const Bytes bytes = std::as_bytes(std::span(text));
    PartialFile file = folder.open(*index_, {});
    file.append(bytes);
    file.publish();
    files.push_back({*index_, text.size(), sha256_of(bytes), {}, 0});
    folder.note_finished(files.back());
  }

  const WriteTask& task_;
  const WriteOptions& options_;
  const RunControl& control_;
  const ShardEncoding& encoding_;
  Hash128 run_;
  fs::path copies_from_;
  std::vector<std::string> sidecars_;
  std::optional<std::string> index_;  ///< the name of one that is to be made
  std::vector<ShardTask> shards_;
  std::optional<OutputFolder> folder_;  ///< on rank 0
  std::vector<ManifestFile> finished_;  ///< by an earlier run
};

}  // namespace

std::vector<ShardTask> plan_shards(const Checkpoint& checkpoint, const ShardEncoding& encoding,
                                   const Hash128& run) {
  std::vector<ShardTask> shards;
  auto first = checkpoint.tensors.begin();
  for (std::size_t i = 0; i < checkpoint.files.size(); ++i) {
    const auto end = std::find_if(first, checkpoint.tensors.end(),
                                  [&](const TensorInfo& tensor) { return tensor.file != i; });
    const CheckpointFile& file = checkpoint.files[i];
    if (file.content_bytes == 0) continue;
    ShardTask shard;
    shard.name = encoding.file_name(file.content_name);
    shard.identity = {file.content_name, run};
    shard.content_bytes = file.content_bytes;
    shard.file = i;
    shard.is_decoded = !file.encoding.empty();
    shard.first_tensor = static_cast<std::size_t>(first - checkpoint.tensors.begin());
    shard.tensors = {first, end};
    shard.segments = plan_segments(shard.tensors, file.content_bytes);
    shards.push_back(std::move(shard));
    first = end;
  }
  return shards;
}

std::optional<WriteResult> find_written(const WriteTask& task, const WriteOptions& options,
                                        const RunControl& control) {
  return WriteRun(task, options, control).find();
}

WriteResult write_checkpoint(const WriteTask& task, const WriteOptions& options, const RunControl& control) {
  WriteResult result = WriteRun(task, options, control).write();
  if (options.entropy_bound) {
    const auto shards = plan_shards(task.checkpoint, shard_encoding(options.encoding), result.run);
    result.entropy_bound = measure_entropy_bound(task.files, task.prune, shards, control);
  }
  if (!options.time_restoring) return result;
  RunControl one = control;
  one.team = nullptr;  // the time that one process needs, whoever wrote it
  on_first(control.team, [&] {
    result.restore_seconds = time_restoring(task.folder, result.files, one);
    return std::vector<std::byte>();
  });
  return result;
}

}  // namespace weightsieve
