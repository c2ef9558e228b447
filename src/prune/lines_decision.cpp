#include "prune/lines_decision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "prune/key_cut.hpp"
#include "prune/key_source.hpp"
#include "prune/magnitude.hpp"
#include "prune/widen.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::prune {
namespace {

/// Norms of so many lines are held at once.
constexpr std::uint64_t kMostLines = std::uint64_t{1} << 20;

std::string_view name_of(PruneMethod method) { return method == PruneMethod::rows ? "rows" : "columns"; }

/// Sums of squares of the parts of lines that lie in one chunk; the lines from `first_line` on, around the
/// end of a tensor's lines where it has to.
struct ChunkSquares {
  std::size_t ordinal = 0;
  std::uint64_t first_line = 0;
  std::vector<double> squares;

  static constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 10;

  static bool join(const ChunkSquares&) noexcept { return false; }

  void write(WireWriter& out) const {
    out.count(ordinal);
    out.count(first_line);
    out.count(squares.size());
    for (const double square : squares)
      out.put(square);
  }
  static ChunkSquares read(WireReader& in) {
    ChunkSquares read;
    read.ordinal = static_cast<std::size_t>(in.count());
    read.first_line = in.count();
    read.squares.resize(in.length());
    for (double& square : read.squares)
      square = in.get<double>();
    return read;
  }
};

/// Σx² of consecutive values in 16 lanes.
double sum_of_squares(std::span<const double> values) {
  std::array<double, 16> lanes{};
  for (std::size_t i = 0; i < values.size(); ++i)
    lanes[i % lanes.size()] += values[i] * values[i];
  double sum = 0;
  for (const double lane : lanes)
    sum += lane;
  return sum;
}

/// Adds the squares of a chunk's values to the lines they are of. A chunk's lines are few enough to be held:
/// those it touches, or all.
class ChunkSummer {
 public:
  ChunkSummer(const Lines& lines, const TensorRun& chunk) : lines_(lines), at_(chunk.first) {
    const std::uint64_t touched =
        (chunk.first + chunk.elements - 1) / lines.stride - chunk.first / lines.stride + 1;
    result_.ordinal = chunk.ordinal;
    if (touched < lines.count) result_.first_line = chunk.first / lines.stride % lines.count;
    result_.squares.resize(std::min(touched, lines.count));
  }

  void add(std::span<const double> values) {
    while (!values.empty()) {
      const std::size_t same = std::min<std::uint64_t>(lines_.stride - at_ % lines_.stride, values.size());
      square_of_next() += same == 1 ? values[0] * values[0] : sum_of_squares(values.first(same));
      values = values.subspan(same);
      at_ += same;
    }
  }

  ChunkSquares result() && { return std::move(result_); }

 private:
  double& square_of_next() {
    const std::uint64_t line = at_ / lines_.stride % lines_.count;
    return result_.squares[line < result_.first_line ? line + lines_.count - result_.first_line
                                                     : line - result_.first_line];
  }

  Lines lines_;
  std::uint64_t at_;
  ChunkSquares result_;
};

ChunkSquares squares_of(const Lines& lines, const TensorRun& chunk) {
  ChunkSummer summer(lines, chunk);
  std::array<double, 4096> values;
  for (std::uint64_t done = 0; done < chunk.elements; done += values.size()) {
    const TensorRun block = chunk.part(done, std::min<std::uint64_t>(values.size(), chunk.elements - done));
    widen(block.tensor->dtype, block.bytes, block.elements, values.data());
    summer.add(std::span(values).first(block.elements));
  }
  return std::move(summer).result();
}

/// Which lines of each tensor go.
class LinesDecision final : public Decision {
 public:
  LinesDecision(std::vector<Lines> lines, std::vector<std::vector<bool>> goes)
      : lines_(std::move(lines)), goes_(std::move(goes)) {}

  std::unique_ptr<Marker> marker(SourcePool&) const override { return std::make_unique<LinesMarker>(*this); }

 private:
  class LinesMarker final : public Marker {
   public:
    explicit LinesMarker(const LinesDecision& decision) : decision_(decision) {}

    void mark(const TensorRun& run, std::span<std::uint8_t> drop) override {
      const Lines& lines = decision_.lines_[run.ordinal];
      const std::vector<bool>& goes = decision_.goes_[run.ordinal];
      for (std::uint64_t done = 0; done < run.elements;) {
        const std::uint64_t at = run.first + done;
        const std::uint64_t same = std::min(lines.stride - at % lines.stride, run.elements - done);
        const bool go = goes[at / lines.stride % lines.count];
        std::fill_n(drop.begin() + static_cast<std::ptrdiff_t>(done), same, static_cast<std::uint8_t>(go));
        done += same;
      }
    }

   private:
    const LinesDecision& decision_;
  };

  std::vector<Lines> lines_;
  std::vector<std::vector<bool>> goes_;
};

class LinesPlanner {
 public:
  LinesPlanner(std::span<const TensorInfo* const> tensors, const PruneOptions& options)
      : tensors_(tensors), options_(options), goes_(options.amounts.size()) {
    for (const TensorInfo* tensor : tensors)
      lines_.push_back(tensor->elements == 0 ? Lines{} : lines_of(*tensor, options.method));
    for (std::vector<std::vector<bool>>& of_level : goes_)
      of_level.resize(tensors.size());
  }

  std::vector<std::shared_ptr<const Decision>> decide(const PassContext& context) {
    read(context);
    std::vector<std::shared_ptr<const Decision>> decisions;
    for (std::vector<std::vector<bool>>& of_level : goes_)
      decisions.push_back(std::make_shared<LinesDecision>(lines_, std::move(of_level)));
    return decisions;
  }

 private:
  /// Every chunk is a unit: its sums join those of the chunks before, in order.
  void read(const PassContext& context) {
    std::vector<Piece> pieces;
    std::vector<WorkUnit> units;
    for (std::size_t ordinal = 0; ordinal < tensors_.size(); ++ordinal) {
      const std::uint64_t elements = tensors_[ordinal]->elements;
      pieces.push_back({ordinal, tensors_[ordinal], 0, elements, ordinal});
      for (std::uint64_t first = 0; first < elements; first += kChunkElements)
        units.push_back({ordinal, 1, first, std::min(kChunkElements, elements - first),
                         first + kChunkElements >= elements});
    }
    run_pass<ChunkSquares>(
        *context.control, pieces, units, Yield::everywhere, [&] { return TensorReader(*context.files); },
        [&](TensorReader& reader, const WorkUnit& unit) {
          const TensorInfo& tensor = *tensors_[unit.first_tensor];
          const Bytes bytes = reader.read(tensor, unit.first_element, unit.elements);
          return squares_of(lines_[unit.first_tensor],
                            {unit.first_tensor, &tensor, unit.first_element, unit.elements, bytes});
        },
        [&](const WorkUnit& unit, const ChunkSquares& chunk) { take(unit, chunk); });
  }

  void take(const WorkUnit& unit, const ChunkSquares& chunk) {
    const std::uint64_t count = lines_[chunk.ordinal].count;
    squares_.resize(count);
    for (std::size_t i = 0; i < chunk.squares.size(); ++i)
      squares_[(chunk.first_line + i) % count] += chunk.squares[i];
    if (!unit.ends_tensor) return;
    choose(chunk.ordinal);
    squares_.clear();
  }

  void choose(std::size_t ordinal) {
    std::vector<std::uint64_t> keys;
    for (const double square : squares_)
      keys.push_back(std::isfinite(square) ? key_of(square) : kNoKey);
    std::vector<std::uint64_t> scratch(keys.size());
    std::vector<std::uint8_t> drop(keys.size());
    for (std::size_t level = 0; level < goes_.size(); ++level) {
      mark_least(keys, lines_to_prune(ordinal, level), scratch, drop);
      goes_[level][ordinal].assign(drop.begin(), drop.end());
    }
  }

  std::uint64_t lines_to_prune(std::size_t ordinal, std::size_t level) const {
    const PruneAmount& amount = options_.amounts[level];
    const std::uint64_t count = lines_[ordinal].count;
    if (amount.count.value_or(0) <= count) return elements_to_prune(amount, count);
    throw Error(ErrorCode::usage,
                fmt::format("cannot prune {} of {} {}", *amount.count, count, name_of(options_.method)),
                {.tensor = tensors_[ordinal]->name});
  }

  std::span<const TensorInfo* const> tensors_;
  const PruneOptions& options_;
  std::vector<Lines> lines_;
  std::vector<std::vector<std::vector<bool>>> goes_;  ///< by level and tensor
  std::vector<double> squares_;                       ///< of the tensor that is being read
};

}  // namespace

Lines lines_of(const TensorInfo& tensor, PruneMethod method) {
  const std::uint64_t row = tensor.elements / tensor.shape[0];
  if (method == PruneMethod::rows) return {row, tensor.shape[0]};
  return {row / tensor.shape[1], tensor.shape[1]};
}

std::optional<std::string> why_no_lines(const TensorInfo& tensor, PruneMethod method) {
  if (tensor.shape.size() < 2) return fmt::format("has one dimension: no {}", name_of(method));
  if (tensor.elements == 0 || lines_of(tensor, method).count <= kMostLines) return std::nullopt;
  return fmt::format("has more than {} {}", kMostLines, name_of(method));
}

std::vector<std::shared_ptr<const Decision>> decide_lines(const PassContext& context,
                                                          std::span<const TensorInfo* const> tensors,
                                                          const PruneOptions& options) {
  return LinesPlanner(tensors, options).decide(context);
}

}  // namespace weightsieve::prune
