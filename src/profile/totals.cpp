#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {
namespace {

/// Shares by the number of dimensions after squeezing, which is the order that reports show.
class FormTally {
 public:
  void add(const TensorInfo& info) {
    const auto rank = std::ranges::count_if(info.shape, [](std::uint64_t extent) { return extent != 1; });
    FormShare& share = by_rank_[rank];
    if (share.layers == 0) share.form = form(info.shape);
    ++share.layers;
    share.parameters += info.elements;
  }

  std::vector<FormShare> shares() const {
    std::vector<FormShare> all;
    for (const auto& [rank, share] : by_rank_)
      all.push_back(share);
    return all;
  }

 private:
  std::map<std::ptrdiff_t, FormShare> by_rank_;
};

class DtypeTally {
 public:
  void add(const TensorInfo& info) {
    DtypeShare& share = by_dtype_[{info.dtype, info.blocks}];
    share.dtype = info.dtype;
    share.blocks = info.blocks;
    ++share.tensors;
    share.elements += info.elements;
    share.bytes += stored_bytes(info);
  }

  std::vector<DtypeShare> shares() const {
    std::vector<DtypeShare> all;
    for (const auto& [dtype, share] : by_dtype_)
      all.push_back(share);
    return all;
  }

 private:
  std::map<std::pair<Dtype, BlockType>, DtypeShare> by_dtype_;
};

void add_parameter(Totals& totals, const TensorInfo& info) {
  ++totals.layers;
  totals.parameters += info.elements;
  totals.parameter_bytes += stored_bytes(info);
  if (!info.trainable) return;
  totals.trainable_parameters += info.elements;
  totals.trainable_bytes += stored_bytes(info);
}

}  // namespace

std::vector<bool> tied_repeats(const std::vector<TensorProfile>& tensors,
                               const std::vector<std::vector<std::string>>& tied) {
  std::vector<bool> repeats(tensors.size(), false);
  if (tied.empty()) return repeats;
  std::unordered_map<std::string_view, std::size_t> group_of;
  for (std::size_t group = 0; group < tied.size(); ++group) {
    for (const std::string& name : tied[group])
      group_of.emplace(name, group);
  }
  std::vector<bool> seen(tied.size(), false);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto found = group_of.find(tensors[i].info.name);
    if (found == group_of.end()) continue;
    repeats[i] = seen[found->second];
    seen[found->second] = true;
  }
  return repeats;
}

Totals count_totals(const std::vector<TensorProfile>& tensors,
                    const std::vector<std::vector<std::string>>& tied) {
  const std::vector<bool> repeats = tied_repeats(tensors, tied);
  Totals totals;
  FormTally forms;
  DtypeTally dtypes;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (repeats[i]) continue;
    const TensorInfo& info = tensors[i].info;
    ++totals.tensors;
    totals.bytes += stored_bytes(info);
    dtypes.add(info);
    if (info.role == Role::buffer) {
      ++totals.buffers;
      continue;
    }
    add_parameter(totals, info);
    forms.add(info);
  }
  totals.by_form = forms.shares();
  totals.by_dtype = dtypes.shares();
  return totals;
}

}  // namespace weightsieve
