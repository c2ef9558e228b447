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

void write(WireWriter& out, const MaskCounts& counts) {
  for (const std::uint64_t count :
       {counts.elements, counts.zeros_before, counts.zeroed, counts.already_zero, counts.non_finite})
    out.count(count);
  out.put(counts.energy);
  out.put(counts.removed_energy);
}

MaskCounts read_counts(WireReader& in) {
  MaskCounts counts;
  for (std::uint64_t* const count :
       {&counts.elements, &counts.zeros_before, &counts.zeroed, &counts.already_zero, &counts.non_finite})
    *count = in.count();
  counts.energy = in.get<double>();
  counts.removed_energy = in.get<double>();
  return counts;
}

/// Those of a unit, each by itself: their sums are joined in order.
struct UnitEffects {
  static constexpr std::uint64_t kMostBytes = std::uint64_t{8} << 10;

  std::vector<ChunkCounts> chunks;

  static bool join(const UnitEffects&) noexcept { return false; }

  void write(WireWriter& out) const {
    out.count(chunks.size());
    for (const ChunkCounts& chunk : chunks) {
      out.count(chunk.ordinal);
      out.count(chunk.levels.size());
      for (const MaskCounts& level : chunk.levels)
        prune::write(out, level);
    }
  }
  static UnitEffects read(WireReader& in) {
    UnitEffects effects;
    for (std::size_t left = in.length(); left > 0; --left) {
      ChunkCounts& chunk = effects.chunks.emplace_back();
      chunk.ordinal = static_cast<std::size_t>(in.count());
      for (std::size_t levels = in.length(); levels > 0; --levels)
        chunk.levels.push_back(read_counts(in));
    }
    return effects;
  }
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

  UnitEffects count(const WorkUnit& unit, std::span<const Piece> pieces) {
    UnitEffects effects;
    for (const Run& run : runs_of(unit, pieces)) {
      const Piece& piece = pieces[run.piece];
      const std::uint64_t element_bytes = dtype_info(piece.tensor->dtype).bits / 8;
      for_each_chunk(reader_, *piece.tensor, run.first, run.elements, [&](std::uint64_t first, Bytes bytes) {
        effects.chunks.push_back(
            count({piece.ordinal, piece.tensor, first, bytes.size() / element_bytes, bytes}));
      });
    }
    return effects;
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
  prune::run_pass<prune::UnitEffects>(
      control, pieces, prune::units_of(pieces, control), prune::Yield::to_first,
      [&] { return prune::Predictor(plan.decisions_, files); },
      [&](prune::Predictor& predictor, const WorkUnit& unit) { return predictor.count(unit, pieces); },
      [&](const WorkUnit&, const prune::UnitEffects& effects) {
        for (const prune::ChunkCounts& chunk : effects.chunks)
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
