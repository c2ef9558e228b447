// The readers of checkpoint files, from their bytes to the values of their tensors.
#include <algorithm>
#include <set>

#include "format/chunk_cover.hpp"
#include "format/content.hpp"
#include "format/dcp_names.hpp"
#include "format/decoded_file.hpp"
#include "format/format_reader.hpp"
#include "format/pickle.hpp"
#include "format/shard_index.hpp"
#include "format/zip_archive.hpp"
#include "fuzz/seeds.hpp"
#include "fuzz/target.hpp"
#include "support/pickle_text.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/codec/deflate.hpp"

namespace weightsieve::test {
namespace {

using namespace format;

void check(const Checkpoint& checkpoint, std::uint64_t content_bytes) {
  std::set<std::string_view> names;
  for (const TensorInfo& tensor : checkpoint.tensors) {
    require(names.insert(tensor.name).second, "two tensors have the same name");
    require(element_count(tensor.shape) == tensor.elements, "the elements are not those of the shape");
    const std::uint64_t bits = dtype_info(tensor.dtype).bits;
    const auto all = checked_mul(tensor.elements, bits);
    require(all.has_value(), "a tensor's bits do not fit 64 bits");
    const auto end = checked_add(tensor.offset_bytes, *all / 8);
    require(end && *end <= content_bytes, "a tensor reaches past the content");
  }
}

void read_checkpoint(const FormatReader& reader, const std::shared_ptr<const Source>& file,
                     const std::string& name) {
  const OpenOptions options{.io = IoMode::automatic, .strict = false, .include_optimizer = true};
  Checkpoint checkpoint;
  ProblemLog problems(false);
  CheckpointFile entry{name, name, file->identity(), name, file->size(), "", nullptr};
  FileReading reading{file, 0, options, checkpoint, entry, problems};
  reader.read(reading);
  const auto content = entry.content ? open_content(file, entry.content) : file;
  check(checkpoint, content->size());
  read_some(*content);
}

template <const FormatReader& kReader>
void read_as(Bytes input) {
  read_checkpoint(kReader, source_of(input), "fuzzed");
}

/// As a file that somebody names: decoded, recognised, read.
void read_file(Bytes input) {
  const DecodedFile file = decoded(source_of(input));
  const FormatReader& reader = recognise(*file.source);
  if (reader.read != nullptr) read_checkpoint(reader, file.source, file.content_name);
}

void read_shard_index(Bytes input) {
  const auto source = source_of(input);
  ProblemLog problems(false);
  ShardIndex index(*source);
  for (const MappedTensor& tensor : index.tensors())
    require(index.find(tensor.name).has_value(), "a name of the index is not found in it");
  index.check_total_size(12, "fuzzed", problems);
}

void read_pickle_alone(Bytes input) {
  const auto source = source_of(input);
  const PickleResult result = read_pickle({source.get(), 0, source->size(), 0});
  require(result.end <= source->size(), "the pickle ends behind its bytes");
  std::size_t seen = 0;
  result.pickle.each_global([&](std::string_view name) { seen += name.size(); });
  result.pickle.each_persistent([&](PickleRef ref) { seen += result.pickle.id(ref); });
}

/// The input is the pickle of an archive that is sound: only so does a mutation get behind its checksums.
/// None is made of what is no pickle, which would be refused in it too.
void read_torch_pickle(Bytes input) {
  read_pickle_alone(input);
  static const ZipFile base =
      pickle::archive("", {{"0", std::string(64, '\1')}, {"1", std::string(64, '\1')}, {"2", "12345678"}});
  ZipFile zip = base;
  ZipPart& part = zip.parts.front();
  part.content.assign(reinterpret_cast<const char*>(input.data()), input.size());
  for (ZipFields* const fields : {&part.local, &part.entry}) {
    fields->crc = crc32_of(input);
    fields->stored_bytes = fields->bytes = static_cast<std::uint32_t>(input.size());
  }
  const std::string file = zip.file();
  read_checkpoint(kTorch, source_of(std::as_bytes(std::span(file))), "fuzzed.pt");
}

/// What its chunks are read by: all in bounds, every tensor filled exactly or refused.
void read_dcp_metadata_alone(Bytes input) {
  const auto source = source_of(input);
  ProblemLog problems(false);
  const DcpMetadata metadata = read_dcp_metadata(*source, problems);
  for (const bool include_optimizer : {false, true})
    require(dcp_names(metadata, include_optimizer).size() == metadata.tensors.size(),
            "tensors and names do not agree in number");
  for (const DcpTensor& tensor : metadata.tensors) {
    for (const DcpChunk& chunk : tensor.chunks) {
      require(chunk.item < metadata.items.size(), "a chunk lies nowhere");
      for (std::size_t i = 0; i < tensor.sizes.size(); ++i)
        require(chunk.begin.at(i) + chunk.sizes.at(i) <= tensor.sizes[i], "a chunk reaches past its tensor");
    }
    cover_fault(tensor.sizes, tensor.chunks);
  }
}

void read_zip_alone(Bytes input) {
  const auto source = source_of(input);
  ProblemLog problems(false);
  for (const ZipMember& member : read_zip(*source, problems).members) {
    const MemberContent content = open_member(source, member);
    require(member.deflated || content.begin + member.bytes <= source->size(),
            "a member reaches past the end");
    if (member.deflated) read_some(*content.source);
  }
}

/// The input is an array in an archive that is sound; its first byte chooses how it is stored.
void read_npz(Bytes input) {
  if (input.empty()) return;
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const std::string file = npz_around(text.substr(1), (std::to_integer<unsigned>(input[0]) & 1U) != 0);
  read_checkpoint(kNpzArchive, source_of(std::as_bytes(std::span(file))), "fuzzed.npz");
}

}  // namespace

const FuzzTarget kFileTarget{"file", read_file, file_seeds};
const FuzzTarget kSafetensorsTarget{"safetensors", read_as<kSafetensors>, safetensors_seeds};
const FuzzTarget kShardIndexTarget{"shard_index", read_shard_index, shard_index_seeds};
const FuzzTarget kPickleTarget{"pickle", read_pickle_alone, pickle_seeds};
const FuzzTarget kTorchZipTarget{"torch_zip", read_torch_pickle, pickle_seeds};
const FuzzTarget kTorchLegacyTarget{"torch_legacy", read_as<kTorchLegacy>, torch_legacy_seeds};
const FuzzTarget kDcpMetadataTarget{"dcp_metadata", read_dcp_metadata_alone, dcp_metadata_seeds};
const FuzzTarget kZipTarget{"zip", read_zip_alone, zip_seeds};
const FuzzTarget kGgufTarget{"gguf", read_as<kGguf>, gguf_seeds};
const FuzzTarget kNpyTarget{"npy", read_as<kNpyArray>, npy_seeds};
const FuzzTarget kNpzTarget{"npz", read_npz, npz_seeds};
const FuzzTarget kOnnxTarget{"onnx", read_as<kOnnx>, onnx_seeds};

}  // namespace weightsieve::test
