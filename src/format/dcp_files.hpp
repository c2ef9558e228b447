// The .distcp files of a distributed PyTorch checkpoint: where each chunk's elements lie in them. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "format/content.hpp"
#include "format/dcp_metadata.hpp"
#include "format/format_reader.hpp"
#include "format/torch_tensor.hpp"

namespace weightsieve::format {

/// A chunk as its archive describes it.
struct StoredChunk {
  TorchView view;
  std::uint32_t stretch = 0;  ///< of the builder
  bool big_endian = false;
};

/// What is wanted of an item.
struct WantedChunk {
  const DcpTensor* tensor;
  const DcpChunk* chunk;
  std::string_view name;  ///< of the tensor
};

class DcpFiles {
 public:
  /// Adds files to the checkpoint and stretches to the builder; both, and the metadata, must outlive this.
  DcpFiles(const DcpMetadata& metadata, std::string metadata_path, const Candidate& files,
           const OpenOptions& options, Checkpoint& checkpoint, ContentBuilder& builder, ProblemLog& problems);

  /// Reads the archives of these items, each file's in order. Throws by the DCP, ZIP, PICKLE and PT rules.
  void read(const std::map<std::size_t, WantedChunk>& wanted);

  /// The chunk that was read for an item; nothing for one whose elements cannot be read, and why.
  const std::optional<StoredChunk>& chunk(std::size_t item) const { return chunks_.at(item).stored; }
  const Unreadable& why(std::size_t item) const { return chunks_.at(item).why; }

 private:
  struct Read {
    std::optional<StoredChunk> stored;
    Unreadable why;
  };

  void read_file(std::size_t file, const std::map<std::size_t, WantedChunk>& wanted);
  void check_items(const std::vector<std::size_t>& items, const Source& source);
  Read read_item(const DcpItem& item, const WantedChunk& wanted, const std::shared_ptr<const Source>& source,
                 Cursor& cursor, std::uint32_t file);
  static void check_chunk(const TorchView& view, const TorchStorage& storage, const WantedChunk& wanted,
                          const std::string& path);

  const DcpMetadata& metadata_;
  std::string metadata_path_;
  const Candidate& files_;
  const OpenOptions& options_;
  Checkpoint& checkpoint_;
  ContentBuilder& builder_;
  ProblemLog& problems_;
  std::vector<std::vector<std::size_t>> items_;  ///< of each file, by offset
  std::map<std::size_t, Read> chunks_;
};

}  // namespace weightsieve::format
