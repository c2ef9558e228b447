// The format safetensors: one file, or the numbered files of a set without an index.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "format/decoded_file.hpp"
#include "format/format_reader.hpp"
#include "format/problem_log.hpp"
#include "format/safetensors_header.hpp"
#include "format/shard_files.hpp"
#include "format/shard_name.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kEnding = ".safetensors";

/// The format has no magic number. What speaks for it: a length that somebody may have meant, and the brace
/// that opens the header.
Match recognise(Bytes first_bytes, std::uint64_t file_size) {
  if (file_size < kLengthBytes) return Match::perhaps;
  const auto length = load<std::uint64_t>(first_bytes.data());
  const bool opens_object = first_bytes.size() > kLengthBytes && first_bytes[kLengthBytes] == std::byte{'{'};
  if (opens_object && length <= kMaxHeaderBytes) return Match::yes;
  // The bytes of a length, even a wrong one, are mostly 00 or FF; those of text or of magic numbers are not.
  const auto blank = std::ranges::count_if(
      first_bytes.first(kLengthBytes), [](std::byte b) { return b == std::byte{0} || b == std::byte{0xFF}; });
  return opens_object || blank >= 4 ? Match::perhaps : Match::no;
}

/// What the names of one set have in common.
std::string set_of(const std::string& name) {
  const auto shard = parse_shard_name(name);
  return shard ? shard_file_name(*shard, 0) : name;
}

std::vector<std::vector<std::string>> find(std::span<const std::string> names) {
  std::map<std::string, std::vector<std::string>> sets;
  for (const std::string& name : names) {
    if (plain_name(name).ends_with(kEnding)) sets[set_of(name)].push_back(name);
  }
  std::vector<std::vector<std::string>> found;
  found.reserve(sets.size());
  for (auto& [key, set] : sets)
    found.push_back(std::move(set));
  return found;
}

std::string checkpoint_name(std::string_view file_name) {
  std::string name = plain_name(file_name);
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name;
}

/// All the files that the set to which these belong should have.
Candidate whole_set(const Candidate& found) {
  const auto shard = parse_shard_name(found.names.front());
  if (!shard) return found;
  Candidate whole{found.folder, {}, true};
  for (std::uint32_t number = 1; number <= shard->count; ++number)
    whole.names.push_back(shard_file_name(*shard, number));
  for (const std::string& name : found.names) {
    if (std::ranges::binary_search(whole.names, name)) continue;
    reject(rules::kShardNumber, found.folder + name, std::nullopt,
           fmt::format("shards are numbered from 00001 to {:05}", shard->count));
  }
  return whole;
}

Checkpoint open(const Candidate& candidate, const OpenOptions& options) {
  const Candidate files = candidate.found_in_folder ? whole_set(candidate) : candidate;
  if (files.names.size() > 1) require_present(files, files.folder, std::nullopt);
  ProblemLog problems(options.strict);
  Checkpoint checkpoint = read_files(files, options.io, problems);
  if (files.names.size() > 1) {
    std::vector<std::uint32_t> all(checkpoint.tensors.size());
    std::iota(all.begin(), all.end(), 0u);
    require_unique(checkpoint, all, options.io);
  }
  checkpoint.problems = problems.take();
  return checkpoint;
}

}  // namespace

const FormatReader kSafetensors{"a safetensors file (8 bytes of header length, then JSON)", recognise, find,
                                checkpoint_name, open};

}  // namespace weightsieve::format
