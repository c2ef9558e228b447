// A distributed checkpoint of PyTorch (DCP), as torch.distributed.checkpoint.save() writes it: a folder of
//
//   .metadata       a pickle that says which tensors there are, and where their chunks lie (dcp_metadata.hpp)
//   __RANK_N.distcp what each rank saved, one after another: for each chunk a whole archive as torch.save()
//                   writes it (torch_archive.hpp)
//
// Saved with use_collectives=False there is a __RANK.metadata of each rank instead, which is read where one
// rank saved all.
//
// Each tensor is put together from its chunks: those that are whole rows are read where they lie.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "format/chunk_cover.hpp"
#include "format/dcp_elements.hpp"
#include "format/dcp_files.hpp"
#include "format/dcp_metadata.hpp"
#include "format/dcp_names.hpp"
#include "format/format_reader.hpp"
#include "format/mask_pairs.hpp"
#include "format/masked_product.hpp"
#include "format/shard_files.hpp"
#include "format/shard_name.hpp"
#include "format/torch_elements.hpp"
#include "format/unique_names.hpp"
#include "format/zip_kind.hpp"
#include "weightsieve/base/checked.hpp"

namespace weightsieve::format {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMetadataName = ".metadata";
constexpr std::string_view kEnding = ".distcp";

/// The folder's own name, whichever way leads to it.
std::string folder_name(const std::string& folder) {
  std::error_code ignored;
  const std::string name = fs::canonical(folder.empty() ? "." : folder, ignored).filename().string();
  return name.empty() ? "checkpoint" : name;
}

class DcpReading {
 public:
  DcpReading(const Candidate& candidate, const OpenOptions& options)
      : folder_(candidate.folder),
        options_(options),
        path_(candidate.path(0)),
        source_(open_source(path_, options.io)),
        problems_(options.strict),
        metadata_(read_dcp_metadata(*source_, problems_)),
        names_(dcp_names(metadata_, options.include_optimizer)) {}

  Checkpoint read() {
    checkpoint_.format = "dcp";
    checkpoint_.name = folder_name(folder_);
    checkpoint_.header_bytes = source_->size();
    const Candidate files = named_files();
    if (options_.strict) refuse_symlinks(files);
    require_present(files, path_, std::nullopt);
    note_strays(files);
    ContentBuilder builder(checkpoint_, 0);
    checkpoint_.files.push_back({fs::path(path_).filename().string(),
                                 path_,
                                 source_->identity(),
                                 checkpoint_.name + ".safetensors",
                                 0,
                                 {},
                                 nullptr});
    choose_tensors();
    DcpFiles chunks(metadata_, path_, files, options_, checkpoint_, builder, problems_);
    chunks.read(wanted_);
    add_all(chunks, builder);
    CheckpointFile& entry = checkpoint_.files.front();
    entry.content = builder.finish();
    entry.content_bytes = entry.content->bytes();
    checkpoint_.problems = problems_.take();
    checkpoint_.observations = problems_.take_observations();
    return std::move(checkpoint_);
  }

 private:
  struct Chosen {
    const DcpTensor* tensor;
    TensorInfo info;
  };

  Candidate named_files() const {
    Candidate files{folder_, {}, true};
    for (const DcpItem& item : metadata_.items) {
      if (!is_plain_file_name(item.file) || item.file == fs::path(path_).filename())
        reject(rules::kDcpPath, path_, item.at,
               fmt::format("names the file {}; must be a plain file name beside the metadata",
                           in_quotes(item.file)));
      files.names.push_back(item.file);
    }
    std::ranges::sort(files.names);
    files.names.erase(std::unique(files.names.begin(), files.names.end()), files.names.end());
    return files;
  }

  /// Left over from another save, perhaps.
  void note_strays(const Candidate& files) {
    std::vector<std::string> strays;
    std::error_code error;
    fs::directory_iterator it(folder_.empty() ? "." : folder_, error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
      std::string name = it->path().filename().string();
      if (name.ends_with(kEnding) && !std::ranges::binary_search(files.names, name))
        strays.push_back(std::move(name));
    }
    std::ranges::sort(strays);
    for (const std::string& name : strays)
      problems_.warn(rules::kDcpStray, path_, std::nullopt,
                     fmt::format("the metadata does not name {}, which lies beside it", in_quotes(name)));
  }

  /// Those that are asked for and can be read as far as the metadata tells.
  void choose_tensors() {
    UniqueNames unique(problems_, path_, 0);
    for (std::size_t i = 0; i < metadata_.tensors.size(); ++i) {
      if (names_[i].of_training && !options_.include_optimizer) continue;
      const DcpTensor& tensor = metadata_.tensors[i];
      std::string& name = names_[i].name;
      unique.make_unique(name);
      check(tensor, name);
      if (!tensor.dtype || !tensor.is_strided) {
        checkpoint_.skipped.push_back(
            {name, tensor.dtype ? "its layout is not the plain one"
                                : fmt::format("its dtype {} is none that is read", tensor.dtype_name)});
        continue;
      }
      TensorInfo info = describe_tensor(name, *tensor.dtype, tensor.sizes);
      if (names_[i].of_training) info.role = Role::buffer;
      chosen_.push_back({&tensor, std::move(info)});
      for (const DcpChunk& chunk : tensor.chunks)
        wanted_.emplace(chunk.item, WantedChunk{&tensor, &chunk, name});
    }
  }

  void check(const DcpTensor& tensor, const std::string& name) const {
    constexpr std::uint64_t most_element_bits = 128;
    const auto elements = element_count(tensor.sizes);
    if (!elements || !checked_mul(*elements, most_element_bits))
      reject(rules::kDcpChunk, path_, tensor.at,
             fmt::format("{} is more than 2^64 bits", to_string(tensor.sizes)), name);
    if (const auto fault = cover_fault(tensor.sizes, tensor.chunks))
      reject(rules::kDcpChunk, path_, tensor.at, *fault, name);
  }

  void add_all(const DcpFiles& files, ContentBuilder& builder) {
    std::vector<std::string_view> names;
    for (const Chosen& chosen : chosen_)
      names.push_back(chosen.info.name);
    each_with_mask(
        names,
        [&](std::size_t original, std::size_t mask) {
          return can_be_multiplied(chosen_[original], chosen_[mask], files);
        },
        [&](std::size_t i, std::optional<std::size_t> mask) {
          add(chosen_[i], mask ? &chosen_[*mask] : nullptr, files, builder);
        });
  }

  static bool can_be_multiplied(const Chosen& original, const Chosen& mask, const DcpFiles& files) {
    return unread(original, files) == nullptr && unread(mask, files) == nullptr &&
           original.tensor->sizes == mask.tensor->sizes &&
           can_be_masked(original.info.dtype, mask.info.dtype);
  }

  /// The first chunk that cannot be read, if one cannot.
  static const DcpChunk* unread(const Chosen& chosen, const DcpFiles& files) {
    const auto& chunks = chosen.tensor->chunks;
    const auto at = std::ranges::find_if(
        chunks, [&](const DcpChunk& chunk) { return !files.chunk(chunk.item).has_value(); });
    return at == chunks.end() ? nullptr : &*at;
  }

  /// `mask`: with which the tensor is multiplied, if it is.
  void add(const Chosen& chosen, const Chosen* mask, const DcpFiles& files, ContentBuilder& builder) {
    if (const DcpChunk* const chunk = unread(chosen, files)) {
      checkpoint_.skipped.push_back({chosen.info.name, files.why(chunk->item)});
      return;
    }
    TensorInfo info = chosen.info;
    if (mask == nullptr) return builder.add(std::move(info), elements(chosen, files));
    info.name = masked_name(info.name);
    builder.add_masked(std::move(info), elements(chosen, files), mask->info.dtype, elements(*mask, files));
  }

  std::vector<Elements> elements(const Chosen& chosen, const DcpFiles& files) const {
    if (auto found = elements_of(*chosen.tensor, files)) return std::move(*found);
    reject(rules::kDcpTensor, path_, chosen.tensor->at, "its chunks are of different byte orders",
           chosen.info.name);
  }

  std::string folder_;
  const OpenOptions& options_;
  std::string path_;
  std::shared_ptr<const Source> source_;
  ProblemLog problems_;
  DcpMetadata metadata_;
  std::vector<DcpName> names_;
  std::vector<Chosen> chosen_;
  std::map<std::size_t, WantedChunk> wanted_;  ///< by item
  Checkpoint checkpoint_;
};

/// Of its files the metadata; one with chunks is known too, to say what to name instead.
Match recognise(Bytes first_bytes, const Source& source) {
  const bool is_ours = begins_dcp_metadata(first_bytes) || zip_kind(first_bytes, source) == ZipKind::part;
  return is_ours ? Match::yes : Match::no;
}

std::vector<std::string> with_ending(std::span<const std::string> names, std::string_view ending) {
  std::vector<std::string> found;
  std::ranges::copy_if(names, std::back_inserter(found),
                       [&](const std::string& name) { return name.ends_with(ending); });
  return found;
}

/// Without metadata for all a checkpoint is found too: by that of its ranks, or its files, to say so.
std::vector<std::vector<std::string>> find(std::span<const std::string> names) {
  if (std::ranges::find(names, kMetadataName) != names.end()) return {{std::string(kMetadataName)}};
  std::vector<std::string> parts = with_ending(names, kEnding);
  if (parts.empty()) return {};
  std::vector<std::string> ranks = with_ending(names, kMetadataName);
  return {ranks.empty() ? std::move(parts) : std::move(ranks)};
}

/// That of its folder, which open() knows.
std::string checkpoint_name(std::string_view) { return {}; }

[[noreturn]] void refuse_part(const std::string& folder, const std::string& name) {
  std::error_code ignored;
  const bool is_complete = fs::exists(folder + std::string(kMetadataName), ignored);
  reject(rules::kDcpPart, folder + name, std::nullopt,
         fmt::format("is one file of a distributed checkpoint; name its folder{}",
                     is_complete ? ", or the .metadata beside it" : ", which has no .metadata yet"));
}

[[noreturn]] void refuse_ranks(const Candidate& candidate) {
  reject(rules::kDcpRanks, candidate.folder, std::nullopt,
         fmt::format("holds the metadata of {} ranks, {} and so on, each of its own part: it was saved with "
                     "use_collectives=False, which PyTorch calls experimental and this does not read",
                     candidate.names.size(), in_quotes(candidate.names.front())));
}

Checkpoint open(const Candidate& candidate, const OpenOptions& options) {
  const bool is_part = candidate.names.front().ends_with(kEnding);
  if (is_part && !candidate.found_in_folder) refuse_part(candidate.folder, candidate.names.front());
  if (is_part)
    reject(
        rules::kDcpIncomplete, candidate.folder, std::nullopt,
        fmt::format("holds {} .distcp files of a distributed checkpoint, but no .metadata, which is written "
                    "last: it is still being saved, or saving was interrupted",
                    candidate.names.size()));
  if (candidate.names.size() > 1) refuse_ranks(candidate);
  return DcpReading(candidate, options).read();
}

}  // namespace

const FormatReader kDcp{
    "dcp",  "the .metadata of a distributed PyTorch checkpoint", recognise, find, checkpoint_name, open,
    nullptr};

}  // namespace weightsieve::format
