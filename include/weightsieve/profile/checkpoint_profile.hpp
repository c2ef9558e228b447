// A finished profile of one checkpoint, and of each of its tensors: what reports show and files keep.
// Plain values. `inspect` makes the same without statistics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/base/error.hpp"
#include "weightsieve/stats/options.hpp"
#include "weightsieve/stats/statistics.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve {

struct ProfiledFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string encoding = {};  ///< "packed" or "zst"; empty for what is not encoded
};

struct TensorProfile {
  TensorInfo info;                         ///< info.file indexes CheckpointProfile::files
  std::unique_ptr<Statistics> statistics;  ///< none after `inspect`
  /// Of the scales of its blocks, one for each of block_type_info(info.blocks).scales; with statistics only,
  /// and files from before there were any lack them.
  std::vector<Statistics> scales = {};
};

struct FormShare {
  std::string form;
  std::uint64_t layers = 0;
  std::uint64_t parameters = 0;  ///< elements
  friend bool operator==(const FormShare&, const FormShare&) = default;
};

struct DtypeShare {
  Dtype dtype = Dtype::F32;
  BlockType blocks = BlockType::none;
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const DtypeShare&, const DtypeShare&) = default;
};

/// Over the whole checkpoint. Layers, parameters, forms and statistics are over tensors of role parameter.
struct Totals {
  std::uint64_t tensors = 0;
  std::uint64_t layers = 0;
  std::uint64_t parameters = 0;            ///< elements
  std::uint64_t trainable_parameters = 0;  ///< elements
  std::uint64_t parameter_bytes = 0;
  std::uint64_t trainable_bytes = 0;
  std::uint64_t buffers = 0;               ///< tensors
  std::uint64_t bytes = 0;                 ///< of all tensors
  std::vector<FormShare> by_form;          ///< Scalar, Vector, Matrix, then by rank
  std::vector<DtypeShare> by_dtype;        ///< in the order of Dtype, then of BlockType
  std::unique_ptr<Statistics> statistics;  ///< none after `inspect`
};

struct FindingFigure {
  std::string name;
  Number value;
};

/// What deserves attention: a rule's name, the tensor, what there is in words, and its figures.
struct Finding {
  std::string rule;
  std::string tensor;
  std::string message;
  std::vector<FindingFigure> figures = {};
};

/// The options that a profile was made with, as its file keeps them.
struct RecordedOptions {
  StatsOptions stats;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  bool include_optimizer = false;
};

struct CheckpointProfile {
  std::string name;
  std::string format;
  std::vector<ProfiledFile> files;
  std::optional<RecordedOptions> options;  ///< none after `inspect`
  Totals totals;
  std::vector<TensorProfile> tensors;
  std::vector<std::vector<std::string>> tied;
  std::vector<Finding> findings;
  std::vector<Problem> problems;
  std::vector<SkippedTensor> skipped;
};

/// One flag a tensor: whether it is tied to one that comes before it, so that totals and layers leave it out.
std::vector<bool> tied_repeats(const std::vector<TensorProfile>& tensors,
                               const std::vector<std::vector<std::string>>& tied);

/// Everything in Totals that follows from the inventory alone (not the statistics). Tied tensors count once:
/// the first of them that is there.
Totals count_totals(const std::vector<TensorProfile>& tensors,
                    const std::vector<std::vector<std::string>>& tied);

}  // namespace weightsieve
