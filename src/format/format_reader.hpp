// The table of formats: how each is recognised, found in a folder, and opened.
//
// A new format is one source file with these functions, and one row in format_table.cpp. Immutable; any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/problem_log.hpp"
#include "weightsieve/base/bytes.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::format {

/// What to open: files of one folder that together are a checkpoint.
struct Candidate {
  std::string folder;              ///< as given; empty, or with a slash at its end
  std::vector<std::string> names;  ///< in `folder`, sorted
  bool found_in_folder = false;    ///< by find(); else somebody named the one file

  std::string path(std::size_t i) const { return folder + names[i]; }
};

/// One file that is being read into a checkpoint.
struct FileReading {
  std::shared_ptr<const Source> source;  ///< what the file holds, decoded
  std::uint32_t file;                    ///< its place among the checkpoint's files
  const OpenOptions& options;
  Checkpoint& checkpoint;
  CheckpointFile& entry;
  ProblemLog& problems;
  std::vector<CheckpointFile> other_files = {};  ///< that its content is read from too; theirs has 0 bytes
};

enum class Match : std::uint8_t {
  no,
  perhaps,  ///< nothing speaks against it; counts when no other format says yes
  yes
};

struct FormatReader {
  /// As profiles call it: "safetensors".
  std::string_view name;

  /// What its files look like, for messages.
  std::string_view description;

  /// Judges a file by its first kFirstBytes bytes (or all, when there are fewer), and by more where those do
  /// not tell.
  Match (*recognise)(Bytes first_bytes, const Source& source);

  /// Sets of files that are a checkpoint of this format, each by itself, judged by their names (sorted).
  std::vector<std::vector<std::string>> (*find)(std::span<const std::string> names);

  /// The checkpoint's name, from that of its file, where open() gives it none.
  std::string (*checkpoint_name)(std::string_view file_name);

  /// Everything but the name, which it may give.
  Checkpoint (*open)(const Candidate& candidate, const OpenOptions& options);

  /// Adds the tensors of one file, and how many bytes its headers have. Null where a file holds none itself.
  void (*read)(FileReading& reading);
};

/// In the order in which a folder is searched.
std::span<const FormatReader* const> format_readers() noexcept;

/// The reader for this file, by its content alone. Throws LFS-POINTER, FORMAT-UNSUPPORTED for what is known
/// by name only, and FORMAT-UNKNOWN.
const FormatReader& recognise(const Source& source);

extern const FormatReader kSafetensorsIndex;
extern const FormatReader kSafetensors;
extern const FormatReader kTorchIndex;
extern const FormatReader kTorch;
extern const FormatReader kTorchLegacy;
extern const FormatReader kGguf;
extern const FormatReader kNpzArchive;
extern const FormatReader kNpyArray;
extern const FormatReader kOnnx;
extern const FormatReader kDcp;

}  // namespace weightsieve::format
