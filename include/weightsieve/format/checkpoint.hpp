// A checkpoint: which tensors it holds and where their bytes lie, validated before anything is read.
//
// open_checkpoint() recognises the format by content, reads headers only, and checks every offset against the
// bytes that are really there. What comes out is plain values; TensorReader then reads elements.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "weightsieve/base/error.hpp"
#include "weightsieve/io/source_pool.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve {

namespace format {
struct Content;
}

struct CheckpointFile {
  std::string name;  ///< as reports show it: the base name
  std::string path;  ///< as it is opened
  FileIdentity identity;
  std::string content_name;  ///< of the file that it decodes to; its own when it is not encoded
  /// Of that file; offsets count in it. 0 where other files' contents are made of this one's bytes.
  std::uint64_t content_bytes = 0;
  std::string encoding;  ///< "packed" or "zst"; empty for what is not encoded
  /// Of other formats: the safetensors file that this one is read as.
  std::shared_ptr<const format::Content> content = nullptr;
};

struct Checkpoint {
  std::string name;                   ///< base name of the path without its format's ending
  std::string format;                 ///< "safetensors", "pytorch"
  std::vector<CheckpointFile> files;  ///< by name; behind each those that its content is read from too
  /// Files in order; within a file in the order of the format's own listing, or, where its order means
  /// nothing (safetensors), by offset, equal offsets by name.
  std::vector<TensorInfo> tensors;
  std::vector<std::vector<std::string>> tied;  ///< names that share storage and view
  /// Names of tensors that are products: files keep NAME_orig and NAME_mask (torch.nn.utils.prune).
  std::vector<std::string> masked;
  std::vector<Problem> problems;       ///< every warning met
  std::vector<Problem> observations;   ///< no problems, but what a scanner would report
  std::vector<SkippedTensor> skipped;  ///< present, but of a kind that cannot be profiled
  std::uint64_t header_bytes = 0;      ///< of all files; the memory promise counts in them
};

struct OpenOptions {
  IoMode io = IoMode::automatic;
  bool strict = false;  ///< every Problem is an Error{malformed}
  bool include_optimizer =
      false;  ///< the state of optimizers too, as buffers, which training saves beside the weights
};

/// Opens the checkpoint at `path`: one file, a directory that holds one checkpoint, or a sharded checkpoint's
/// index. Time and memory are linear in the headers; tensor data is not read. Throws Error: malformed (rule
/// and offset), unreadable, or usage when a directory holds several candidates.
Checkpoint open_checkpoint(const std::string& path, const OpenOptions& options = {});

/// A pool over the content of the checkpoint's files, to be shared by all readers of one run.
SourcePool open_files(const Checkpoint& checkpoint, IoMode mode);

/// Reads elements of a checkpoint's tensors; one per thread.
class TensorReader {
 public:
  /// `files` is what open_files() made of the checkpoint, and must outlive the reader.
  explicit TensorReader(SourcePool& files) noexcept : files_(&files) {}

  /// The bytes of elements [first, first + count) as the dtype stores them; valid until the next call.
  /// Requires a range inside the tensor that begins at a whole byte, of at most kMaxWindowBytes.
  Bytes read(const TensorInfo& tensor, std::uint64_t first, std::uint64_t count);

  /// The numbers of one of the scales of the blocks [first, first + count), as its dtype stores them; valid
  /// until the next call. Requires blocks of the tensor that read() may read at once, and costs next to
  /// nothing right behind that.
  Bytes read_scales(const TensorInfo& tensor, const BlockScale& scale, std::uint64_t first,
                    std::uint64_t count);

 private:
  Cursor& cursor_of(const TensorInfo& tensor);

  SourcePool* files_;
  std::uint32_t open_file_ = UINT32_MAX;
  std::shared_ptr<const Source> source_;
  std::unique_ptr<Cursor> cursor_;
  std::vector<std::byte> scales_;
};

}  // namespace weightsieve
