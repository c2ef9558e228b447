// Random checkpoints for pruning tests: every prunable dtype, many ties, zeros of both signs, NaN and
// infinities, spread over shards.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "io/temp_folder.hpp"
#include "support/safetensors_file.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve::test {

using Random = std::mt19937_64;

inline const std::vector<std::string_view>& prunable_names() {
  static const std::vector<std::string_view> names{"F64",     "F32",     "F16",         "BF16",
                                                   "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"};
  return names;
}

/// What the elements of a tensor look like.
enum class Texture { patterns, normal, few_values, constant, sparse };

inline std::string bytes_of_f64(double value, std::string_view dtype) {
  if (dtype == "F64") return bytes_of(value);
  const auto single = static_cast<float>(value);
  if (dtype == "F32") return bytes_of(single);
  if (dtype == "BF16") return bytes_of(single).substr(2);
  return {};
}

/// `elements` random elements as bytes. Dtypes that cannot be made from a number take random patterns out of
/// few or many.
inline std::string random_elements(Random& random, std::string_view dtype, Texture texture,
                                   std::size_t elements) {
  const unsigned bits = dtype_info(*dtype_from_name(dtype)).bits;
  std::normal_distribution<double> normal(0, 0.02);
  const bool from_number = bits > 8 && dtype != "F16";
  const std::uint64_t few = random();
  std::string bytes;
  bytes.reserve(elements * bits / 8);
  for (std::size_t i = 0; i < elements; ++i) {
    std::uint64_t pattern = random();
    if (texture == Texture::constant) pattern = few;
    if (texture == Texture::few_values) pattern = (random() % 5) * (few | 1) | random() << 63;
    if (texture == Texture::sparse && random() % 3 != 0) pattern = random() << 63;
    if (texture == Texture::normal && from_number) {
      bytes += bytes_of_f64(normal(random), dtype);
    } else {
      bytes += bytes_of(pattern).substr(8 - bits / 8);
    }
  }
  return bytes;
}

struct ModelTensor {
  std::string name;
  std::string_view dtype;
  std::vector<std::uint64_t> shape;
  std::string bytes;
};

/// Writes the tensors into shards of `per_shard`, and gives the path to open.
inline std::string write_model(const TempFolder& folder, const std::vector<ModelTensor>& tensors,
                               std::size_t per_shard) {
  const std::size_t shards = std::max<std::size_t>((tensors.size() + per_shard - 1) / per_shard, 1);
  std::string map;
  for (std::size_t shard = 0; shard < shards; ++shard) {
    SafetensorsWriter writer;
    const auto padded = [](std::size_t i) { return std::to_string(100'000 + i).substr(1); };
    const std::string name = "model-" + padded(shard + 1) + "-of-" + padded(shards) + ".safetensors";
    for (std::size_t i = shard * per_shard; i < std::min(tensors.size(), (shard + 1) * per_shard); ++i) {
      writer.add(tensors[i].name, tensors[i].dtype, tensors[i].shape, tensors[i].bytes);
      map += (map.empty() ? "" : ",") + json_string(tensors[i].name) + ":" + json_string(name);
    }
    folder.write(name, writer.file());
  }
  return folder.write("model.safetensors.index.json", R"({"metadata":{},"weight_map":{)" + map + "}}");
}

/// A checkpoint of up to a dozen tensors.
inline std::vector<ModelTensor> random_model(Random& random, std::vector<std::string_view> dtypes,
                                             std::size_t largest) {
  std::vector<ModelTensor> tensors;
  const std::size_t count = 1 + random() % 12;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view dtype = dtypes[random() % dtypes.size()];
    const std::uint64_t columns = 1 + random() % 40;
    const std::uint64_t rows = random() % (largest / columns + 1);
    const auto texture = static_cast<Texture>(random() % 5);
    tensors.push_back({"layer" + std::to_string(i) + ".weight",
                       dtype,
                       {rows, columns},
                       random_elements(random, dtype, texture, rows * columns)});
  }
  return tensors;
}

}  // namespace weightsieve::test
