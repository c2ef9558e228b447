// Reading the headers of one or many files, all of one format, into one checkpoint. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "format/format_reader.hpp"
#include "format/problem_log.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve::format {

/// Throws SHARD-MISSING, which names all of them, when files of the candidate are not there. `path` and
/// `offset_bytes` tell where it is said that they should be.
void require_present(const Candidate& files, const std::string& path,
                     std::optional<std::uint64_t> offset_bytes);

/// The same files; of those that are not there the encoded ones that stand for them, where those are.
Candidate encoded_where_missing(const Candidate& files);

/// Throws SHARD-SYMLINK when one of the files is a symbolic link.
void refuse_symlinks(const Candidate& files);

/// The tensors of all the files. Each is open only while its header is read.
Checkpoint read_files(const Candidate& files, const OpenOptions& options, ProblemLog& problems);

/// Sets of the files with this ending, each the shards of one checkpoint or a file by itself.
std::vector<std::vector<std::string>> find_sets(std::span<const std::string> names,
                                                bool (*is_candidate)(std::string_view name));

/// Opens a candidate that is no index: one file, or shards, of which none may be missing.
Checkpoint open_files_of(const Candidate& candidate, const OpenOptions& options);

/// Throws SHARD-DUPLICATE when two of the tensors at these positions have the same name.
void require_unique(const Checkpoint& checkpoint, std::span<const std::uint32_t> positions, IoMode mode);

}  // namespace weightsieve::format
