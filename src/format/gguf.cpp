// GGUF, the format of llama.cpp and ggml: one file, or NAME-00001-of-00003.gguf and so on, of which the first
// stands for all. gguf_header.hpp tells what stands before the data, in which the tensors follow each other,
// each at a multiple of the alignment. Plain numbers are read where they lie, blocks are unpacked to F32.
#include <fmt/format.h>

#include <algorithm>

#include "format/content.hpp"
#include "format/decoded_file.hpp"
#include "format/format_reader.hpp"
#include "format/gguf_header.hpp"
#include "format/known_formats.hpp"
#include "format/shard_files.hpp"
#include "format/shard_name.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kEnding = ".gguf";
// With as many bytes of plain numbers as a file can have, a content still has less than 2^64.
constexpr std::uint64_t kMaxValueBytes = std::uint64_t{1} << 62;

std::string stem_of(std::string_view file_name) {
  std::string name = plain_name(file_name);
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name;
}

class TensorAdder {
 public:
  explicit TensorAdder(FileReading& reading)
      : reading_(reading),
        path_(reading.source->path()),
        header_(read_gguf_header(*reading.source, reading.problems)),
        builder_(reading.checkpoint, reading.file) {}

  void run() {
    check_part();
    const std::uint64_t begin = data_begin();
    const std::uint64_t size = reading_.source->size();
    const std::uint32_t data = builder_.add_stretch({begin, size - std::min(size, begin)});
    for (GgufTensor& tensor : header_.tensors)
      add(tensor, data);
    check_end();
    reading_.checkpoint.header_bytes += header_.bytes;
    reading_.entry.content = builder_.finish();
    reading_.entry.content_bytes = reading_.entry.content->bytes();
    reading_.entry.content_name = stem_of(reading_.entry.content_name) + ".safetensors";
  }

 private:
  // A header has at most 256 MiB and an alignment 1 MiB: no sum of the two can overflow.
  std::uint64_t data_begin() const { return aligned(header_.bytes).value_or(header_.bytes); }

  std::optional<std::uint64_t> aligned(std::uint64_t bytes) const {
    const auto sum = checked_add(bytes, header_.alignment - 1);
    return sum ? std::optional(*sum / header_.alignment * header_.alignment) : std::nullopt;
  }

  void add(GgufTensor& tensor, std::uint32_t data) {
    check_place(tensor);
    if (!tensor.type->dtype) {
      reading_.checkpoint.skipped.push_back(
          {tensor.name, fmt::format("its type {} is not read; its shape is {}", tensor.type->name,
                                    to_string(tensor.shape))});
      return;
    }
    TensorInfo info;
    info.name = std::move(tensor.name);
    info.shape = std::move(tensor.shape);
    info.dtype = *tensor.type->dtype;
    info.blocks = tensor.type->blocks;
    info.elements = tensor.elements;
    info.bytes = value_bytes(tensor, info.name);
    info.role = role_of(info.name, info.dtype);
    builder_.add(std::move(info), data, tensor.offset_bytes);
  }

  /// Of what comes out of its blocks, where it is packed in blocks.
  std::uint64_t value_bytes(const GgufTensor& tensor, const std::string& name) {
    if (tensor.type->blocks == BlockType::none) return tensor.bytes;
    const auto bytes = checked_mul(tensor.elements, sizeof(float));
    const auto all = bytes ? checked_add(values_bytes_, *bytes) : std::nullopt;
    if (!all || *all > kMaxValueBytes)
      reject(rules::kGgufShape, path_, tensor.at, "with this tensor, values have more than 2^62 bytes", name);
    values_bytes_ = *all;
    return *bytes;
  }

  /// Every tensor begins where the one before it ends, padded, and ends inside the file.
  void check_place(const GgufTensor& tensor) {
    if (tensor.offset_bytes != next_)
      reject(rules::kGgufOffset, path_, tensor.at,
             fmt::format("begins at {} of the data; must begin at {}", tensor.offset_bytes, next_),
             tensor.name);
    end_ = next_ + tensor.bytes;
    const auto next = aligned(end_);
    const auto end = checked_add(data_begin(), end_);
    const bool fits = next && end && (*end <= reading_.source->size() || tensor.bytes == 0);
    if (!fits)
      reject(rules::kGgufTruncated, path_, tensor.at,
             fmt::format("the file is cut short: this tensor ends at {}; the file has {} bytes",
                         end ? grouped(*end) : "more than 2^64", grouped(reading_.source->size())),
             tensor.name);
    next_ = *next;
  }

  void check_end() {
    const std::uint64_t size = reading_.source->size();
    const std::uint64_t begin = data_begin();
    const std::uint64_t padded = header_.tensors.empty() ? std::max(header_.bytes, begin) : begin + next_;
    if (size > padded)
      reading_.problems.warn(rules::kGgufTrailing, path_, padded,
                             fmt::format("{} trailing bytes follow the data", grouped(size - padded)));
    if (size < padded && !header_.tensors.empty())
      reading_.problems.warn(rules::kGgufPadding, path_, size,
                             fmt::format("the last tensor's padding lacks {} bytes", padded - size));
  }

  /// What the file says of itself against what it is called.
  void check_part() {
    const GgufPart& part = header_.part;
    const auto name = parse_shard_name(reading_.entry.content_name);
    if (part.count <= 1) return;
    if (!name)
      return reading_.problems.warn(
          rules::kGgufPart, path_, part.at,
          fmt::format("is part {} of {}; the others are not told by its name", part.number + 1, part.count));
    if (name->count != part.count || name->number != part.number + 1)
      reject(rules::kGgufSplit, path_, part.at,
             fmt::format("is part {} of {}, and called part {} of {}", part.number + 1, part.count,
                         name->number, name->count));
  }

  FileReading& reading_;
  std::string path_;
  GgufHeader header_;
  ContentBuilder builder_;
  std::uint64_t end_ = 0;           ///< of the tensors so far, in the data
  std::uint64_t next_ = 0;          ///< where the next one begins
  std::uint64_t values_bytes_ = 0;  ///< of what the blocks hold
};

Match recognise(Bytes first_bytes, const Source&) {
  return begins_with(first_bytes, "GGUF") || begins_with(first_bytes, "FUGG") ? Match::yes : Match::no;
}

std::vector<std::vector<std::string>> find(std::span<const std::string> names) {
  return find_sets(names, [](std::string_view name) { return plain_name(name).ends_with(kEnding); });
}

/// The first part of several stands for all of them.
std::string checkpoint_name(std::string_view file_name) {
  const auto part = parse_shard_name(file_name);
  return part && part->number == 1 ? std::string(part->prefix) : stem_of(file_name);
}

void read(FileReading& reading) { TensorAdder(reading).run(); }

GgufHeader first_header(const Candidate& candidate, const OpenOptions& options) {
  ProblemLog unheard(false);
  return read_gguf_header(*open_decoded(candidate.path(0), options.io).source, unheard);
}

void refuse_linked_parts(const Checkpoint& checkpoint, const Candidate& first) {
  Candidate parts{first.folder, {}, true};
  for (const CheckpointFile& file : checkpoint.files)
    parts.names.push_back(file.name);
  refuse_symlinks(parts);
}

Checkpoint open(const Candidate& candidate, const OpenOptions& options) {
  const GgufHeader header = first_header(candidate, options);
  const GgufPart& part = header.part;
  const bool is_first = part.number == 0 && part.count > 1 && parse_shard_name(candidate.names.front());
  Candidate files = candidate;
  files.found_in_folder = candidate.found_in_folder || is_first;
  Checkpoint checkpoint = open_files_of(files, options);
  if (options.strict && !candidate.found_in_folder && is_first) refuse_linked_parts(checkpoint, candidate);
  const std::uint64_t found = checkpoint.tensors.size() + checkpoint.skipped.size();
  if (is_first && part.tensors && *part.tensors != found)
    reject(rules::kGgufSplit, candidate.path(0), part.at,
           fmt::format("says that the parts have {} tensors; they have {}", *part.tensors, found));
  return checkpoint;
}

}  // namespace

const FormatReader kGguf{"gguf", "a GGUF file (\"GGUF\")", recognise, find, checkpoint_name, open, read};

}  // namespace weightsieve::format
