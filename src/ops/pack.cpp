#include "weightsieve/ops/pack.hpp"

#include <algorithm>

#include "ops/write_checkpoint.hpp"

namespace weightsieve {

WriteResult pack_checkpoint(const std::string& path, const std::string& folder, const WriteOptions& options,
                            const RunControl& control) {
  const Checkpoint checkpoint = open_checkpoint(path, {.io = control.io, .strict = control.strict});
  SourcePool files = open_files(checkpoint, control.io);
  return write_checkpoint({checkpoint, files, path, folder, "pack"}, options, control);
}

WriteResult unpack_checkpoint(const std::string& path, const std::string& folder,
                              const UnpackOptions& options, const RunControl& control) {
  const Checkpoint checkpoint = open_checkpoint(path, {.io = control.io, .strict = control.strict});
  if (std::ranges::none_of(checkpoint.files, &CheckpointFile::encoded))
    throw Error(ErrorCode::usage, "is not encoded; there is nothing to unpack", {.file = path});
  SourcePool files = open_files(checkpoint, control.io);
  return write_checkpoint({checkpoint, files, path, folder, "unpack", false, options.hashes},
                          {.encoding = Encoding::dense, .existing = options.existing}, control);
}

}  // namespace weightsieve
