// Writes distributed PyTorch checkpoints for tests: the pickle of the metadata, and files of archives.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/temp_folder.hpp"
#include "support/pickle_text.hpp"

namespace weightsieve::test::dcp {

using Sizes = std::vector<std::int64_t>;

inline const std::string kModule = "torch.distributed.checkpoint.metadata";

/// An object that is given its attributes as a dict.
inline std::string object(std::string_view module, std::string_view name, const pickle::Items& attributes) {
  return pickle::global(module, name) + ")\x81" + pickle::dict(attributes) + "b";
}
inline std::string size(const Sizes& sizes) {
  return pickle::call(pickle::global("torch", "Size"), pickle::tuple({pickle::integers(sizes)}));
}
inline std::string layout(std::string_view name = "torch.strided") {
  return pickle::call(pickle::global("torch.serialization", "_get_layout"),
                      pickle::tuple({pickle::text(name)}));
}
inline std::string properties(std::string_view dtype, const std::string& pickled_layout = layout()) {
  return pickle::global(kModule, "TensorProperties") + ")\x81" +
         pickle::tuple({pickle::global("torch", dtype), pickled_layout, "\x89"}) + "b";
}
inline std::string chunk(const Sizes& begin, const Sizes& sizes) {
  return object(kModule, "ChunkStorageMetadata", {{"offsets", size(begin)}, {"sizes", size(sizes)}});
}
inline std::string index(std::string_view name, const std::string& pickled_offset) {
  return object(kModule, "MetadataIndex",
                {{"fqn", pickle::text(name)}, {"offset", pickled_offset}, {"index", "N"}});
}
inline std::string place(std::string_view file, std::int64_t offset, std::int64_t length,
                         const pickle::Items& more = {}) {
  pickle::Items all{{"relative_path", pickle::text(file)},
                    {"offset", pickle::integer(offset)},
                    {"length", pickle::integer(length)}};
  all.insert(all.end(), more.begin(), more.end());
  return object("torch.distributed.checkpoint.filesystem", "_StorageInfo", all);
}

/// One chunk, as it is described and as it is saved.
struct Chunk {
  Sizes begin;
  Sizes sizes;
  std::string archive;  ///< the bytes of the item
  std::string file = "__0_0.distcp";
};

struct Tensor {
  std::string name;
  Sizes sizes;
  std::vector<Chunk> chunks;
  std::string dtype = "float32";
};

/// The archive of a tensor of floats, row by row.
inline std::string floats(const Sizes& sizes, const std::vector<float>& values) {
  std::vector<std::int64_t> strides(sizes.size(), 1);
  for (std::size_t i = sizes.size(); i-- > 1;)
    strides[i - 1] = strides[i] * sizes[i];
  const auto count = static_cast<std::int64_t>(values.size());
  return pickle::archive(pickle::whole(pickle::tensor(pickle::storage("0", count), 0, sizes, strides)),
                         {{"0", bytes_of(values)}})
      .file();
}

/// A checkpoint in its parts, each of which a test may change before it is written.
struct Checkpoint {
  pickle::Items described;                                  ///< state_dict_metadata
  std::vector<std::pair<std::string, std::string>> places;  ///< storage_data, keys and values pickled
  std::string planner_data = "N";
  std::map<std::string, std::string> files;

  explicit Checkpoint(const std::vector<Tensor>& tensors) {
    for (const Tensor& tensor : tensors)
      add(tensor);
  }

  void add(const Tensor& tensor) {
    std::string chunks = "](";
    for (const Chunk& one : tensor.chunks) {
      chunks += chunk(one.begin, one.sizes);
      std::string& file = files[one.file];
      places.emplace_back(index(tensor.name, size(one.begin)),
                          place(one.file, static_cast<std::int64_t>(file.size()),
                                static_cast<std::int64_t>(one.archive.size())));
      file += one.archive;
    }
    described.emplace_back(tensor.name, described_tensor(tensor, chunks + "e"));
  }

  static std::string described_tensor(const Tensor& tensor, const std::string& chunks) {
    return object(
        kModule, "TensorStorageMetadata",
        {{"properties", properties(tensor.dtype)}, {"size", size(tensor.sizes)}, {"chunks", chunks}});
  }

  std::string metadata() const {
    std::string storage_data = "}(";
    for (const auto& [key, value] : places)
      storage_data += key + value;
    return pickle::whole(object(kModule, "Metadata",
                                {{"state_dict_metadata", pickle::dict(described)},
                                 {"planner_data", planner_data},
                                 {"storage_data", storage_data + "u"}}));
  }

  /// The folder's path.
  std::string write(const TempFolder& folder) const {
    for (const auto& [name, content] : files)
      folder.write(name, content);
    folder.write(".metadata", metadata());
    return folder / "";
  }
};

/// "w" of (4, 2), in two chunks of two rows each, the second in another file.
inline Checkpoint two_rows() {
  return Checkpoint({{"w",
                      {4, 2},
                      {{{0, 0}, {2, 2}, floats({2, 2}, {1, 2, 3, 4})},
                       {{2, 0}, {2, 2}, floats({2, 2}, {5, 6, 7, 8}), "__1_0.distcp"}}}});
}

}  // namespace weightsieve::test::dcp
