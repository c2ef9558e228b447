// Which tensors a table shows, in which order, and which of them share a row. Every format walks these rows.
// Rows point into the profile that they were made of.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/fold.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

using TensorSpan = std::span<const TensorProfile* const>;
using TensorPointers = std::vector<const TensorProfile*>;

/// Every tensor, in file order.
TensorPointers all_tensors(const CheckpointProfile& profile);

/// Tensors of this role in file order, tied ones once.
TensorPointers tensors_of(const CheckpointProfile& profile, Role role);

std::uint64_t sum_elements(TensorSpan tensors);
std::uint64_t sum_bytes(TensorSpan tensors);

/// Rows of one or more tensors; a million rows of one tensor each cost no allocation of their own.
class Rows {
 public:
  /// A row a tensor.
  static Rows single(TensorPointers tensors);

  /// Tensors of the same dtype and shape whose names differ in numbers only, row by row in the order of their
  /// first one: "layer.{0-23}.query.weight".
  static Rows folded(const TensorPointers& tensors);

  /// Tensors whose names agree in the first `depth` parts.
  static Rows grouped(const TensorPointers& tensors, unsigned depth);

  std::size_t size() const noexcept { return order_.size(); }
  TensorSpan members(std::size_t row) const;

  /// The tensor's name, or what the names of the row's tensors have in common; safe to print.
  std::string label(std::size_t row) const;

  /// How many tensors all rows hold.
  std::size_t tensors() const noexcept { return tensors_.size(); }

  /// Sorts and cuts as the options say; without `sort`, a cut goes by `default_sort`.
  void arrange(const ReportOptions& options, std::string_view default_sort);

 private:
  void add(FoldedNames group, const TensorPointers& tensors);

  TensorPointers tensors_;             ///< row by row
  std::vector<std::uint32_t> starts_;  ///< of each row in tensors_, and the end; empty: a row a tensor
  std::vector<std::string> labels_;    ///< as empty as starts_
  std::vector<std::uint32_t> order_;   ///< in which rows are shown
};

}  // namespace weightsieve
