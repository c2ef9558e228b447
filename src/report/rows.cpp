#include "report/rows.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "report/measures.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

using RowOrder = std::vector<std::uint32_t>;

/// Rows without the measure come last in both directions; equal rows keep their order.
void sort_by_measure(RowOrder& order, const Rows& rows, const Measure& by, bool descending) {
  std::vector<std::optional<double>> keys(rows.size());
  for (std::size_t row = 0; row < keys.size(); ++row)
    keys[row] = by.of(rows.members(row));
  std::ranges::stable_sort(order, [&keys, descending](std::uint32_t a, std::uint32_t b) {
    if (!keys[a] || !keys[b]) return keys[a].has_value() && !keys[b];
    return descending ? *keys[a] > *keys[b] : *keys[a] < *keys[b];
  });
}

void sort_by_name(RowOrder& order, const Rows& rows, bool descending) {
  std::vector<std::string> names(rows.size());
  for (std::size_t row = 0; row < names.size(); ++row)
    names[row] = rows.label(row);
  std::ranges::stable_sort(order, [&names, descending](std::uint32_t a, std::uint32_t b) {
    return descending ? names[a] > names[b] : names[a] < names[b];
  });
}

std::string kind_of(const TensorInfo& info) {
  std::string kind(1, static_cast<char>(info.dtype));
  kind.append(reinterpret_cast<const char*>(info.shape.data()), info.shape.size() * sizeof(info.shape[0]));
  return kind;
}

}  // namespace

TensorPointers all_tensors(const CheckpointProfile& profile) {
  TensorPointers all;
  all.reserve(profile.tensors.size());
  for (const TensorProfile& tensor : profile.tensors)
    all.push_back(&tensor);
  return all;
}

TensorPointers tensors_of(const CheckpointProfile& profile, Role role) {
  const std::vector<bool> repeats = tied_repeats(profile.tensors, profile.tied);
  TensorPointers chosen;
  for (std::size_t i = 0; i < profile.tensors.size(); ++i) {
    const TensorProfile& tensor = profile.tensors[i];
    if (tensor.info.role == role && !repeats[i]) chosen.push_back(&tensor);
  }
  return chosen;
}

std::uint64_t sum_elements(TensorSpan tensors) {
  std::uint64_t total = 0;
  for (const TensorProfile* tensor : tensors)
    total += tensor->info.elements;
  return total;
}

std::uint64_t sum_bytes(TensorSpan tensors) {
  std::uint64_t total = 0;
  for (const TensorProfile* tensor : tensors)
    total += tensor->info.bytes;
  return total;
}

Rows Rows::single(TensorPointers tensors) {
  Rows rows;
  rows.order_.resize(tensors.size());
  std::iota(rows.order_.begin(), rows.order_.end(), 0u);
  rows.tensors_ = std::move(tensors);
  return rows;
}

Rows Rows::folded(const TensorPointers& tensors) {
  Kinds kinds;
  std::vector<NameToFold> names;
  names.reserve(tensors.size());
  for (const TensorProfile* tensor : tensors)
    names.push_back({tensor->info.name, kinds.number(kind_of(tensor->info))});
  Rows rows;
  for (FoldedNames& group : fold_names(names))
    rows.add(std::move(group), tensors);
  return rows;
}

Rows Rows::grouped(const TensorPointers& tensors, unsigned depth) {
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const TensorProfile* tensor : tensors)
    names.push_back(tensor->info.name);
  Rows rows;
  for (FoldedNames& group : group_names(names, depth))
    rows.add(std::move(group), tensors);
  return rows;
}

void Rows::add(FoldedNames group, const TensorPointers& tensors) {
  if (starts_.empty()) starts_.push_back(0);
  for (const std::uint32_t member : group.members)
    tensors_.push_back(tensors[member]);
  starts_.push_back(static_cast<std::uint32_t>(tensors_.size()));
  order_.push_back(static_cast<std::uint32_t>(labels_.size()));
  labels_.push_back(std::move(group.label));
}

TensorSpan Rows::members(std::size_t row) const {
  const std::uint32_t at = order_[row];
  const TensorSpan all = tensors_;
  if (starts_.empty()) return all.subspan(at, 1);
  return all.subspan(starts_[at], starts_[at + 1] - starts_[at]);
}

std::string Rows::label(std::size_t row) const {
  if (labels_.empty()) return escape_control(members(row).front()->info.name);
  return labels_[order_[row]];
}

void Rows::arrange(const ReportOptions& options, std::string_view default_sort) {
  if (!options.sort.empty() || options.top) {
    const SortOrder by = sort_order(options.sort.empty() ? default_sort : std::string_view(options.sort));
    RowOrder sorted(order_.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    if (by.column == "name") {
      sort_by_name(sorted, *this, by.descending);
    } else {
      sort_by_measure(sorted, *this, measure(by.column), by.descending);
    }
    for (std::uint32_t& row : sorted)
      row = order_[row];
    order_ = std::move(sorted);
  }
  if (options.top && *options.top < order_.size()) order_.resize(*options.top);
}

}  // namespace weightsieve
