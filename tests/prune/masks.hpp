// What pruning makes of whole checkpoints: by a plan, and by sorting everything.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "prune/model.hpp"
#include "weightsieve/prune/chunk_masker.hpp"
#include "weightsieve/prune/prune_plan.hpp"

namespace weightsieve::test {

struct OpenModel {
  explicit OpenModel(const std::string& path, IoMode io = IoMode::automatic)
      : checkpoint(open_checkpoint(path)), files(open_files(checkpoint, io)) {}

  Checkpoint checkpoint;
  SourcePool files;

  std::string bytes(std::size_t tensor) {
    const TensorInfo& info = checkpoint.tensors[tensor];
    TensorReader reader(files);
    std::string all;
    for (std::uint64_t first = 0; first < info.elements; first += 100'000) {
      const Bytes some = reader.read(info, first, std::min<std::uint64_t>(100'000, info.elements - first));
      all.append(reinterpret_cast<const char*>(some.data()), some.size());
    }
    return all;
  }
};

/// |x| of every element.
inline std::vector<double> magnitudes(Dtype dtype, const std::string& bytes) {
  const Bytes view = std::as_bytes(std::span(bytes));
  std::vector<double> values(bytes.size() * 8 / dtype_info(dtype).bits);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::fabs(value_at(dtype, view, i));
  return values;
}

struct Pruned {
  std::vector<std::string> tensors;  ///< bytes of the selected ones, in order
  MaskCounts counts;
};

/// Masks every selected tensor, in runs of random length.
inline Pruned prune_by_plan(OpenModel& model, const PrunePlan& plan, std::size_t level, Random& random) {
  Pruned pruned;
  ChunkMasker masker(plan, level, model.files);
  for (const std::size_t tensor : plan.tensors()) {
    const TensorInfo& info = model.checkpoint.tensors[tensor];
    const std::size_t size = dtype_info(info.dtype).bits / 8;
    std::string bytes = model.bytes(tensor);
    for (std::uint64_t first = 0; first < info.elements;) {
      const std::uint64_t count = std::min<std::uint64_t>(1 + random() % 5'000, info.elements - first);
      const auto run = std::as_writable_bytes(std::span(bytes)).subspan(first * size, count * size);
      pruned.counts.add(masker.mask(tensor, first, run));
      first += count;
    }
    pruned.tensors.push_back(std::move(bytes));
  }
  return pruned;
}

/// One element that takes part, and where it lies.
struct Candidate {
  double score;
  std::size_t tensor;  ///< place in Pruned::tensors
  std::size_t element;
};

/// Zeroes the k least of `candidates`, of equal ones the first; those that are not finite never.
inline void zero_least(std::vector<Candidate> candidates, std::uint64_t k, std::span<const std::size_t> sizes,
                       Pruned& pruned) {
  std::erase_if(candidates, [](const Candidate& one) { return !std::isfinite(one.score); });
  std::ranges::stable_sort(candidates, {}, &Candidate::score);
  candidates.resize(std::min<std::size_t>(candidates.size(), k));
  for (const Candidate& one : candidates)
    pruned.tensors[one.tensor].replace(one.element * sizes[one.tensor], sizes[one.tensor], sizes[one.tensor],
                                       '\0');
  pruned.counts.zeroed += candidates.size();
}

}  // namespace weightsieve::test
