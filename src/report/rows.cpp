#include "report/rows.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "report/measures.hpp"
#include "report/text_numbers.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

using RowOrder = std::vector<std::uint32_t>;

constexpr std::size_t kNestedRows = 3;  ///< fewer are not worth a row above them

RowOrder in_order(std::size_t rows) {
  RowOrder order(rows);
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

/// "layer.{0-23}" of "layer.{0-23}.query.weight"; empty for a label that does not repeat or has no more
/// parts.
std::string repeated_block(const std::string& label, std::size_t repeats) {
  const std::size_t brace = label.rfind('}');
  if (repeats == 1 || brace == std::string::npos || brace + 1 == label.size()) return "";
  return label.substr(0, brace + 1);
}

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

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes the digits that a text begins with, leading zeros apart.
std::string_view take_number(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit) - text.begin();
  std::string_view number = text.substr(0, static_cast<std::size_t>(end));
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  text.remove_prefix(static_cast<std::size_t>(end));
  return number;
}

/// In the order of people: layer.2 before layer.10. What differs in zeros before a number alone is ordered by
/// its bytes.
bool precedes(const std::string& one, const std::string& other) {
  std::string_view a = one, b = other;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view x = take_number(a), y = take_number(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.empty() == b.empty() ? one < other : a.empty();
}

void sort_by_name(RowOrder& order, const Rows& rows, bool descending) {
  std::vector<std::string> names(rows.size());
  for (std::size_t row = 0; row < names.size(); ++row)
    names[row] = rows.label(row);
  std::ranges::stable_sort(order, [&names, descending](std::uint32_t a, std::uint32_t b) {
    return descending ? precedes(names[b], names[a]) : precedes(names[a], names[b]);
  });
}

std::string kind_of(const TensorInfo& info) {
  std::string kind{static_cast<char>(info.dtype), static_cast<char>(info.blocks)};
  kind.append(reinterpret_cast<const char*>(info.shape.data()), info.shape.size() * sizeof(info.shape[0]));
  return kind;
}

template <class Of>
auto common(TensorSpan tensors, Of of) -> std::optional<std::decay_t<decltype(of(tensors.front()->info))>> {
  const auto& first = of(tensors.front()->info);
  const bool same =
      std::ranges::all_of(tensors, [&](const TensorProfile* tensor) { return of(tensor->info) == first; });
  if (!same) return std::nullopt;
  return first;
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
    total += stored_bytes(tensor->info);
  return total;
}

std::optional<Shape> common_shape(TensorSpan tensors) {
  return common(tensors, [](const TensorInfo& info) -> const Shape& { return info.shape; });
}

std::optional<std::string_view> common_dtype(TensorSpan tensors) {
  return common(tensors, [](const TensorInfo& info) { return dtype_name(info); });
}

Rows Rows::single(TensorPointers tensors) {
  Rows rows;
  rows.order_ = in_order(tensors.size());
  rows.tensors_ = std::move(tensors);
  return rows;
}

Rows Rows::folded(const TensorPointers& tensors) {
  TextNumbers kinds;
  std::vector<NameToFold> names;
  names.reserve(tensors.size());
  for (const TensorProfile* tensor : tensors)
    names.push_back({tensor->info.name, kinds(kind_of(tensor->info))});
  Rows rows(fold_names(names), tensors);
  rows.nest();
  rows.order_ = in_order(rows.entries_.size());
  return rows;
}

Rows Rows::grouped(const TensorPointers& tensors, unsigned depth) {
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const TensorProfile* tensor : tensors)
    names.push_back(tensor->info.name);
  return Rows(group_names(names, depth), tensors);
}

Rows::Rows(Folds folds, const TensorPointers& tensors) {
  tensors_.reserve(tensors.size());
  entries_.reserve(folds.groups().size());
  for (const Folds::Group& group : folds.groups()) {
    const std::size_t begin = tensors_.size();
    for (const std::uint32_t member : folds.members(group))
      tensors_.push_back(tensors[member]);
    entries_.push_back({group.label, tensors_.size() - begin, begin, tensors_.size()});
  }
  order_ = in_order(entries_.size());
}

void Rows::nest() {
  std::vector<Entry> nested;
  nested.reserve(entries_.size());
  for (std::size_t first = 0; first < entries_.size();) {
    const std::string block = repeated_block(entries_[first].label, entries_[first].repeats);
    std::size_t last = first;
    while (last < entries_.size() && repeated_block(entries_[last].label, entries_[last].repeats) == block)
      ++last;
    const bool worth_a_row = !block.empty() && last - first >= kNestedRows;
    if (worth_a_row)
      nested.push_back({block, entries_[first].repeats, entries_[first].begin, entries_[last - 1].end});
    for (; first < last; ++first) {
      Entry& entry = entries_[first];
      if (worth_a_row) entry.label.replace(0, block.size() + 1, "  ");
      nested.push_back(std::move(entry));
    }
  }
  entries_ = std::move(nested);
}

TensorSpan Rows::members(std::size_t row) const {
  const std::uint32_t at = order_[row];
  const TensorSpan all = tensors_;
  if (each()) return all.subspan(at, 1);
  return all.subspan(entries_[at].begin, entries_[at].end - entries_[at].begin);
}

std::string Rows::label(std::size_t row) const {
  if (each() || entries_[order_[row]].label.empty()) return escape_control(members(row).front()->info.name);
  return entries_[order_[row]].label;
}

std::size_t Rows::repeats(std::size_t row) const { return each() ? 1 : entries_[order_[row]].repeats; }

void Rows::arrange(const ReportOptions& options, std::string_view default_sort) {
  if (!options.sort.empty() || options.top) {
    const SortOrder by = sort_order(options.sort.empty() ? default_sort : std::string_view(options.sort));
    RowOrder sorted = in_order(order_.size());
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

Rows layer_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  TensorPointers tensors = tensors_of(profile, Role::parameter);
  return options.group_by ? Rows::grouped(tensors, *options.group_by) : Rows::single(std::move(tensors));
}

bool arranges_layers(const ReportOptions& options) noexcept {
  return options.top || options.group_by || !options.sort.empty();
}

}  // namespace weightsieve
