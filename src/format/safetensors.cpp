// The format safetensors: one file, or the numbered files of a set without an index.
#include <algorithm>

#include "format/decoded_file.hpp"
#include "format/format_reader.hpp"
#include "format/problem_log.hpp"
#include "format/safetensors_header.hpp"
#include "format/shard_files.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kEnding = ".safetensors";

/// The format has no magic number. What speaks for it: a length that somebody may have meant, and the brace
/// that opens the header.
Match recognise(Bytes first_bytes, const Source& source) {
  if (source.size() < kLengthBytes) return Match::perhaps;
  const auto length = load<std::uint64_t>(first_bytes.data());
  const bool opens_object = first_bytes.size() > kLengthBytes && first_bytes[kLengthBytes] == std::byte{'{'};
  if (opens_object && length <= kMaxHeaderBytes) return Match::yes;
  // The bytes of a length, even a wrong one, are mostly 00 or FF; those of text or of magic numbers are not.
  const auto blank = std::ranges::count_if(
      first_bytes.first(kLengthBytes), [](std::byte b) { return b == std::byte{0} || b == std::byte{0xFF}; });
  return opens_object || blank >= 4 ? Match::perhaps : Match::no;
}

bool is_candidate(std::string_view name) { return plain_name(name).ends_with(kEnding); }

std::vector<std::vector<std::string>> find(std::span<const std::string> names) {
  return find_sets(names, is_candidate);
}

std::string checkpoint_name(std::string_view file_name) {
  std::string name = plain_name(file_name);
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name;
}

void read(FileReading& reading) {
  reading.checkpoint.header_bytes +=
      read_safetensors(*reading.source, reading.file, reading.checkpoint.tensors, reading.problems);
}

}  // namespace

const FormatReader kSafetensors{"safetensors",
                                "a safetensors file (8 bytes of header length, then JSON)",
                                recognise,
                                find,
                                checkpoint_name,
                                open_files_of,
                                read};

}  // namespace weightsieve::format
