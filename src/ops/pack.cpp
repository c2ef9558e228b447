#include "weightsieve/ops/pack.hpp"

#include <algorithm>

#include "ops/manifest_check.hpp"
#include "ops/open_input.hpp"
#include "ops/write_checkpoint.hpp"

namespace weightsieve {

WriteResult pack_checkpoint(const std::string& path, const std::string& folder, const WriteOptions& options,
                            const RunControl& control) {
  const Checkpoint checkpoint = open_input(path, control);
  SourcePool files = open_files(checkpoint, control.io);
  WriteTask task{checkpoint, files, path, folder, "pack"};
  task.verb = "pack";
  return write_checkpoint(task, options, control);
}

WriteResult unpack_checkpoint(const std::string& path, const std::string& folder,
                              const UnpackOptions& options, const RunControl& control) {
  const Checkpoint checkpoint = open_input(path, control);
  if (std::ranges::all_of(checkpoint.files, &std::string::empty, &CheckpointFile::encoding))
    throw Error(ErrorCode::usage, "is not encoded; there is nothing to unpack", {.file = path});
  require_listed_shards(path, checkpoint, control);
  SourcePool files = open_files(checkpoint, control.io);
  WriteTask task{checkpoint, files, path, folder, "unpack", false, options.hashes};
  task.verb = "unpack";
  return write_checkpoint(task, {.encoding = Encoding::dense, .existing = options.existing}, control);
}

}  // namespace weightsieve
