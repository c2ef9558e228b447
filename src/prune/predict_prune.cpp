#include "weightsieve/prune/predict_prune.hpp"

#include <memory>
#include <vector>

#include "prune/compensated_sum.hpp"
#include "prune/decision.hpp"
#include "prune/pass.hpp"
#include "prune/zero_block.hpp"

namespace weightsieve {
namespace prune {
namespace {

/// Counts of one chunk, by level.
struct ChunkCounts {
  std::size_t ordinal = 0;
  std::vector<MaskCounts> levels;
};

/// Counts of many chunks, in order.
class CountsSum {
 public:
  void add(const MaskCounts& counts) noexcept {
    counts_.add(counts);
    energy_.add(counts.energy);
    removed_.add(counts.removed_energy);
  }

  MaskCounts value() const noexcept {
    MaskCounts counts = counts_;
    counts.energy = energy_.value();
    counts.removed_energy = removed_.value();
    return counts;
  }

 private:
  MaskCounts counts_;
  CompensatedSum energy_;
  CompensatedSum removed_;
};

/// Reads chunks and counts what each level drops of them; one per thread.
class Predictor {
 public:
  Predictor(std::span<const std::shared_ptr<const Decision>> decisions, SourcePool& files) : reader_(files) {
    for (const auto& decision : decisions)
      markers_.push_back(decision->marker(files));
    drops_.resize(markers_.size());
  }

  std::vector<ChunkCounts> count(const WorkUnit& unit, std::span<const Piece> pieces) {
    std::vector<ChunkCounts> chunks;
    for (const Run& run : runs_of(unit, pieces)) {
      const Piece& piece = pieces[run.piece];
      const std::uint64_t element_bytes = dtype_info(piece.tensor->dtype).bits / 8;
      for_each_chunk(reader_, *piece.tensor, run.first, run.elements, [&](std::uint64_t first, Bytes bytes) {
        chunks.push_back(count({piece.ordinal, piece.tensor, first, bytes.size() / element_bytes, bytes}));
      });
    }
    return chunks;
  }

 private:
  ChunkCounts count(const TensorRun& chunk) {
    std::vector<Drops> drops;
    for (std::size_t level = 0; level < markers_.size(); ++level) {
      drops_[level].resize(chunk.elements);
      markers_[level]->mark(chunk, drops_[level]);
      drops.emplace_back(drops_[level]);
    }
    ChunkCounts counts{chunk.ordinal, {}};
    for (const Drops drop : drops)
      counts.levels.push_back(count_dropped(chunk.tensor->dtype, chunk.bytes, drop));
    sum_dropped(chunk.tensor->dtype, chunk.bytes, drops, counts.levels);
    return counts;
  }

  TensorReader reader_;
  std::vector<std::unique_ptr<Marker>> markers_;
  std::vector<std::vector<std::uint8_t>> drops_;  ///< by level
};

/// Joins what the chunks say.
class TableBuilder {
 public:
  TableBuilder(std::size_t tensors, std::size_t levels)
      : totals_(levels), tensors_(levels, std::vector<CountsSum>(tensors)) {}

  void add(const ChunkCounts& chunk) {
    for (std::size_t level = 0; level < totals_.size(); ++level) {
      totals_[level].add(chunk.levels[level]);
      tensors_[level][chunk.ordinal].add(chunk.levels[level]);
    }
  }

  void fill(std::size_t level, PruneTableLevel& out) const {
    out.total = totals_[level].value();
    for (const CountsSum& tensor : tensors_[level])
      out.tensors.push_back(tensor.value());
  }

 private:
  std::vector<CountsSum> totals_;
  std::vector<std::vector<CountsSum>> tensors_;  ///< by level
};

/// What holds for every tensor; nothing where they differ or there are none.
std::optional<double> common(const std::vector<std::optional<double>>& values) {
  if (values.empty()) return std::nullopt;
  for (const std::optional<double>& value : values) {
    if (value != values.front()) return std::nullopt;
  }
  return values.front();
}

}  // namespace
}  // namespace prune

PruneTable predict_prune(const PrunePlan& plan, std::span<const PruneAmount> amounts, SourcePool& files,
                         const PassControl& control) {
  std::vector<prune::Piece> pieces;
  PruneTable table;
  table.left_alone = plan.left_alone();
  for (const std::size_t tensor : plan.tensors()) {
    const TensorInfo& info = plan.checkpoint().tensors[tensor];
    pieces.push_back({pieces.size(), &info, 0, info.elements, 0});
    table.tensors.push_back(info.name);
  }
  prune::TableBuilder builder(pieces.size(), plan.levels());
  prune::run_pass<std::vector<prune::ChunkCounts>>(
      control, pieces, prune::units_of(pieces, control.threads),
      [&] { return prune::Predictor(plan.decisions_, files); },
      [&](prune::Predictor& predictor, const WorkUnit& unit) { return predictor.count(unit, pieces); },
      [&](const WorkUnit&, const std::vector<prune::ChunkCounts>& chunks) {
        for (const prune::ChunkCounts& chunk : chunks)
          builder.add(chunk);
      });
  for (std::size_t level = 0; level < plan.levels(); ++level) {
    PruneTableLevel& out = table.levels.emplace_back();
    if (level < amounts.size()) {
      out.sparsity = amounts[level].sparsity;
      out.count = amounts[level].count;
    }
    for (const std::size_t tensor : plan.tensors())
      out.thresholds.push_back(plan.threshold(level, tensor));
    out.threshold = prune::common(out.thresholds);
    builder.fill(level, out);
  }
  return table;
}

}  // namespace weightsieve
