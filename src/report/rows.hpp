// Which tensors a table shows, in which order, and which of them share a row. Every format walks these rows.
// Rows point into the profile that they were made of.
#pragma once

#include <cstdint>
#include <optional>
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

/// What all of the tensors share; nothing where they differ.
std::optional<Shape> common_shape(TensorSpan tensors);
std::optional<std::string_view> common_dtype(TensorSpan tensors);

/// Rows of one or more tensors; a million rows of one tensor each cost no allocation of their own.
class Rows {
 public:
  /// A row a tensor.
  static Rows single(TensorPointers tensors);

  /// Tensors of the same dtype and shape whose names differ in numbers only, row by row in the order of their
  /// first one: "layer.{0-23}.query.weight". Where several rows repeat alike, one row for all of them,
  /// "layer.{0-23}", stands above them and they are nested.
  static Rows folded(const TensorPointers& tensors);

  /// Tensors whose names agree in the first `depth` parts.
  static Rows grouped(const TensorPointers& tensors, unsigned depth);

  std::size_t size() const noexcept { return order_.size(); }
  TensorSpan members(std::size_t row) const;

  /// The tensors of all rows.
  TensorSpan all() const noexcept { return tensors_; }

  /// The tensor's name, or what the names of the row's tensors have in common; indented where nested. Safe to
  /// print.
  std::string label(std::size_t row) const;

  /// How often what the label names is there: 24 for "layer.{0-23}".
  std::size_t repeats(std::size_t row) const;

  /// Whether each row is one tensor.
  bool each() const noexcept { return entries_.empty(); }

  /// Sorts and cuts as the options say; without `sort`, a cut goes by `default_sort`.
  void arrange(const ReportOptions& options, std::string_view default_sort);

 private:
  struct Entry {
    std::string label;  ///< empty: the name of its only tensor
    std::size_t repeats;
    std::size_t begin;  ///< of its tensors in tensors_
    std::size_t end;
  };

  Rows() = default;
  Rows(Folds folds, const TensorPointers& tensors);
  void nest();

  TensorPointers tensors_;            ///< row by row
  std::vector<Entry> entries_;        ///< empty: a row a tensor
  std::vector<std::uint32_t> order_;  ///< in which rows are shown
};

/// The layers, each in a row or in the groups that the options ask for, in file order and not cut yet.
Rows layer_rows(const CheckpointProfile& profile, const ReportOptions& options);

/// Whether the options order, cut or group the layers.
bool arranges_layers(const ReportOptions& options) noexcept;

}  // namespace weightsieve
