// What the passes of find_cuts() have in common: reading pieces chunk by chunk, and finding the elements
// whose keys lie in given ranges. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "prune/flagged.hpp"
#include "prune/key_source.hpp"
#include "prune/magnitude.hpp"
#include "prune/pass.hpp"

namespace weightsieve::prune {

/// What a thread needs to read pieces and their keys.
struct KeyWorker {
  TensorReader reader;
  std::unique_ptr<KeyReader> keys;  ///< none where keys are magnitudes: those are read off the elements
};

/// Finds the elements of a unit whose keys lie in given ranges.
class KeyScanner {
 public:
  KeyScanner(KeyWorker& worker, std::vector<KeyRange> ranges) : worker_(worker), ranges_(std::move(ranges)) {}

  std::span<const KeyRange> ranges() const noexcept { return ranges_; }

  /// Calls `found(index, range, mark)` for each; key(mark) is its key.
  template <class Found>
  void scan(const TensorRun& run, Found found) {
    dtype_ = run.tensor->dtype;
    if (worker_.keys) return scan_keys(run, found);
    const FlaggedElements& flagged = flagged_.try_emplace(dtype_, dtype_, ranges_).first->second;
    flagged.visit(run.bytes, [&](std::size_t index, std::uint64_t magnitude) {
      for (std::size_t r = 0; r < ranges_.size(); ++r) {
        if (flagged.ranges()[r].holds(magnitude)) found(index, r, magnitude);
      }
    });
  }

  std::uint64_t key(std::uint64_t mark) const noexcept {
    return worker_.keys ? mark : key_of_magnitude(dtype_, mark);
  }

 private:
  template <class Found>
  void scan_keys(const TensorRun& run, Found& found) {
    std::array<std::uint64_t, 4096> keys;
    for (std::uint64_t done = 0; done < run.elements; done += keys.size()) {
      const TensorRun block = run.part(done, std::min<std::uint64_t>(keys.size(), run.elements - done));
      worker_.keys->read(block, std::span(keys).first(block.elements));
      for (std::size_t i = 0; i < block.elements; ++i) {
        for (std::size_t r = 0; r < ranges_.size(); ++r) {
          if (ranges_[r].holds(keys[i])) found(done + i, r, keys[i]);
        }
      }
    }
  }

  KeyWorker& worker_;
  std::vector<KeyRange> ranges_;
  std::map<Dtype, FlaggedElements> flagged_;
  Dtype dtype_{};
};

/// Calls `visit(run)` for each chunk of a run.
template <class Visit>
void for_each_run(KeyWorker& worker, const Piece& piece, const Run& run, Visit visit) {
  const std::uint64_t element_bytes = dtype_info(piece.tensor->dtype).bits / 8;
  for_each_chunk(worker.reader, *piece.tensor, run.first, run.elements,
                 [&](std::uint64_t first, Bytes bytes) {
                   visit(TensorRun{piece.ordinal, piece.tensor, first, bytes.size() / element_bytes, bytes});
                 });
}

/// What a pass over pieces reads with.
struct KeyPass {
  const PassContext& context;
  const KeySource& keys;

  KeyWorker worker() const {
    return {TensorReader(*context.files), keys.is_magnitude() ? nullptr : keys.reader()};
  }

  /// run_pass() whose results every rank gets.
  template <class Result, class Work, class Merge>
  void run(std::span<const Piece> pieces, Work work, Merge merge) const {
    const std::vector<WorkUnit> units = units_of(pieces, *context.control);
    run_pass<Result>(
        *context.control, pieces, units, Yield::everywhere, [this] { return worker(); }, work, merge);
  }
};

}  // namespace weightsieve::prune
