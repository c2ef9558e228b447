// What pruning does to a checkpoint, by tensor and over all, at each amount asked for: predicted or measured.
// Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve {

/// What zeroing some of a run of elements does to them. Sums of squares are over finite values, in double
/// precision; where a square or a sum overflows, they are infinite and what follows from them is absent.
struct MaskCounts {
  std::uint64_t elements = 0;
  std::uint64_t zeros_before = 0;  ///< of both signs
  std::uint64_t zeroed = 0;        ///< elements that went, those that were zero already included
  std::uint64_t already_zero = 0;  ///< of `zeroed`
  std::uint64_t non_finite = 0;    ///< NaN and infinities: never pruned
  double energy = 0;               ///< Σx²
  double removed_energy = 0;       ///< Σx² of what went

  /// Adds those of later elements. Sums of many parts depend on how they were cut, within 1e-16 a part.
  void add(const MaskCounts& later) noexcept;

  std::uint64_t zeros_after() const noexcept { return zeros_before + zeroed - already_zero; }
  std::uint64_t newly_zeroed() const noexcept { return zeroed - already_zero; }
  /// Whether nothing but zeros is left, and something was there before.
  bool wiped_out() const noexcept { return zeros_after() == elements && newly_zeroed() > 0; }

  /// Share of Σx² that is left; 1 where there was none.
  std::optional<double> retained_energy() const noexcept;
  /// ‖x − y‖ / ‖x‖ of the values before (x) and after (y), the relative error in the Frobenius norm; 0 where
  /// there was nothing to lose.
  std::optional<double> relative_error() const noexcept;
  /// x·y / (‖x‖‖y‖); absent where either is 0.
  std::optional<double> cosine() const noexcept;
  /// 10 log₁₀(Σx² / Σ(x − y)²); absent where nothing was lost.
  std::optional<double> signal_to_noise_db() const noexcept;
};

/// How large the whole checkpoint becomes when it is written so.
struct EncodedSize {
  std::string encoding;  ///< "dense", "zst", "packed"
  std::uint64_t bytes = 0;
  bool exact = false;  ///< every segment was encoded; else a sample was, and this is scaled from it
};

/// How large the checkpoint became, and how long it took.
struct MeasuredWrite {
  std::string encoding;
  std::uint64_t bytes = 0;
  std::optional<double> write_seconds = {};    ///< nothing where an earlier run had written it
  std::optional<double> restore_seconds = {};  ///< to read all of it back and decode it
};

struct WrittenFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t content_bytes = 0;  ///< of the dense file that it stands for
  bool copied = false;              ///< from beside the checkpoint, as it was
};

/// What was written into a folder.
struct WrittenCheckpoint {
  std::string folder;
  std::string encoding;
  bool already_complete = false;  ///< by an earlier run
  std::vector<WrittenFile> files = {};
};

/// One amount, of all tensors.
struct PruneTableLevel {
  double sparsity = 0;                      ///< as asked for
  std::optional<std::uint64_t> count = {};  ///< asked for instead
  std::optional<double> threshold = {};     ///< magnitude, where one holds for all tensors; infinity: all go
  MaskCounts total = {};
  std::vector<MaskCounts> tensors = {};                ///< in the order of PruneTable::tensors
  std::vector<std::optional<double>> thresholds = {};  ///< of each tensor, where it has a single one
  std::vector<EncodedSize> sizes = {};                 ///< empty until somebody encodes
  std::optional<MeasuredWrite> measured = {};          ///< where it was written

  /// Places in `tensors` of that with the greatest (least) share of elements zeroed, the first of equal ones;
  /// nothing where there are no elements.
  std::optional<std::size_t> hit_hardest() const noexcept;
  std::optional<std::size_t> hit_least() const noexcept;
};

/// Parameters that were not asked for, for one reason.
struct UnselectedParameters {
  std::string reason;  ///< what they are: "embeddings and heads"
  std::uint64_t elements = 0;
  std::vector<std::string> tensors = {};  ///< names, in the checkpoint's order
};

struct PruneTable {
  std::vector<std::string> tensors;       ///< names of those that are pruned, in the checkpoint's order
  std::vector<PruneTableLevel> levels;    ///< in the order asked for
  std::vector<SkippedTensor> left_alone;  ///< asked for, but of a kind that cannot be pruned
  std::vector<UnselectedParameters> not_selected = {};
  std::uint64_t parameters = 0;  ///< elements of all parameters of the checkpoint
  std::vector<WrittenCheckpoint> written = {};
};

}  // namespace weightsieve
