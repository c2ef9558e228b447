#include "weightsieve/profile/profile_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "weightsieve/base/text.hpp"
#include "weightsieve/stats/histograms.hpp"

namespace weightsieve {
namespace {

std::string number_text(const std::optional<double>& value) { return value ? shortest(*value) : "-"; }

std::string extreme_text(const std::optional<Extreme>& extreme) {
  return extreme ? fmt::format("{}@{}", extreme->value.text(), extreme->index) : "-";
}

/// Every figure that follows from the values alone, whatever options a profile was made with.
std::string figures(const Statistics& of) {
  const ValueCounts& counts = of.counts;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", counts.zero, counts.negative_zero,
                     counts.negative, counts.positive, counts.nan, counts.positive_infinity,
                     counts.negative_infinity, counts.subnormal, extreme_text(of.min), extreme_text(of.max),
                     number_text(of.mean), number_text(of.std), number_text(of.l1), number_text(of.skewness),
                     number_text(of.excess_kurtosis));
}

bool statistics_agree(const TensorProfile& a, const TensorProfile& b) {
  if (!a.statistics || !b.statistics) return true;
  return figures(*a.statistics) == figures(*b.statistics);
}

/// What stands for a tensor's content in a profile; empty where nothing does.
std::string key_of(const TensorProfile& tensor) {
  if (!tensor.statistics) return {};
  const TensorInfo& info = tensor.info;
  return fmt::format("{} {} {}", dtype_name(info), to_string(info.shape), figures(*tensor.statistics));
}

std::vector<std::string> keys_of(const std::vector<TensorProfile>& tensors,
                                 const std::vector<std::size_t>& places) {
  std::vector<std::string> keys;
  keys.reserve(places.size());
  for (const std::size_t place : places)
    keys.push_back(key_of(tensors[place]));
  return keys;
}

/// The bins as buckets; nothing where they are not exact or not all values are in them.
std::optional<std::vector<Bucket>> counted_bins(const std::unique_ptr<Statistics>& statistics) {
  if (!statistics) return std::nullopt;
  const Histogram& histogram = statistics->histogram;
  if (!histogram.exact || histogram.counts.empty() || histogram.below + histogram.above != 0)
    return std::nullopt;
  const Bins bins(histogram.low, histogram.high, histogram.counts.size());
  std::vector<Bucket> buckets;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i)
    if (histogram.counts[i] != 0) buckets.push_back({bins.edge(i), bins.edge(i + 1), histogram.counts[i]});
  return buckets;
}

std::optional<KsDistance> stored_distance(const std::unique_ptr<Statistics>& a,
                                          const std::unique_ptr<Statistics>& b) {
  const auto first = counted_bins(a);
  const auto second = counted_bins(b);
  return first && second ? ks_distance(*first, *second) : std::nullopt;
}

/// Keeps the places that are not flagged.
void drop(std::vector<std::size_t>& places, const std::vector<bool>& flagged) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < places.size(); ++i)
    if (!flagged[i]) places[kept++] = places[i];
  places.resize(kept);
}

Likeness likeness_of_values(const ValueDiff& values) {
  if (values.identical == values.values) return Likeness::identical;
  if (values.equal == values.values) return Likeness::equal;
  return values.within == values.values ? Likeness::close : Likeness::different;
}

}  // namespace

std::string_view to_string(Likeness likeness) noexcept {
  constexpr std::string_view names[] = {"identical", "equal", "close", "alike", "different"};
  return names[static_cast<std::size_t>(likeness)];
}

bool same_kind(const TensorInfo& a, const TensorInfo& b) {
  return dtype_name(a) == dtype_name(b) && a.shape == b.shape;
}

Likeness ProfileDiff::likeness(const TensorPair& pair) const {
  if (!same_shape(pair) || (!same_dtype(pair) && !tolerance)) return Likeness::different;
  if (pair.values) return likeness_of_values(*pair.values);
  if (pair.same_bytes) return *pair.same_bytes ? Likeness::identical : Likeness::different;
  if (!same_dtype(pair)) return Likeness::different;
  return statistics_agree(a.tensors[pair.a], b.tensors[pair.b]) ? Likeness::alike : Likeness::different;
}

Likeness ProfileDiff::likeness() const {
  if (!renamed.empty() || !removed.empty() || !added.empty()) return Likeness::different;
  Likeness least = Likeness::identical;
  for (const TensorPair& pair : pairs)
    least = std::max(least, likeness(pair));
  return least;
}

std::uint64_t ProfileDiff::count(Likeness wanted) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(pairs, [&](const TensorPair& pair) { return likeness(pair) == wanted; }));
}

ProfileDiff match_tensors(CheckpointProfile a, CheckpointProfile b) {
  ProfileDiff diff;
  diff.a = std::move(a);
  diff.b = std::move(b);
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < diff.b.tensors.size(); ++i)
    places.emplace(diff.b.tensors[i].info.name, i);
  std::vector<bool> matched(diff.b.tensors.size());
  for (std::size_t i = 0; i < diff.a.tensors.size(); ++i) {
    const auto other = places.find(diff.a.tensors[i].info.name);
    if (other == places.end()) {
      diff.removed.push_back(i);
      continue;
    }
    diff.pairs.push_back({i, other->second, {}, {}, {}});
    matched[other->second] = true;
  }
  for (std::size_t i = 0; i < matched.size(); ++i)
    if (!matched[i]) diff.added.push_back(i);
  return diff;
}

void match_renamed(ProfileDiff& diff, const std::vector<std::string>& removed_keys,
                   const std::vector<std::string>& added_keys) {
  std::unordered_map<std::string_view, std::deque<std::size_t>> waiting;
  for (std::size_t i = 0; i < added_keys.size(); ++i)
    if (!added_keys[i].empty()) waiting[added_keys[i]].push_back(i);
  std::vector<bool> gone(removed_keys.size()), come(added_keys.size());
  for (std::size_t i = 0; i < removed_keys.size(); ++i) {
    const auto found = waiting.find(removed_keys[i]);
    if (found == waiting.end() || found->second.empty()) continue;
    const std::size_t other = found->second.front();
    found->second.pop_front();
    diff.renamed.emplace_back(diff.removed[i], diff.added[other]);
    gone[i] = come[other] = true;
  }
  drop(diff.removed, gone);
  drop(diff.added, come);
}

ProfileDiff diff_profiles(CheckpointProfile a, CheckpointProfile b) {
  ProfileDiff diff = match_tensors(std::move(a), std::move(b));
  match_renamed(diff, keys_of(diff.a.tensors, diff.removed), keys_of(diff.b.tensors, diff.added));
  for (TensorPair& pair : diff.pairs)
    pair.ks = stored_distance(diff.a.tensors[pair.a].statistics, diff.b.tensors[pair.b].statistics);
  diff.ks = stored_distance(diff.a.totals.statistics, diff.b.totals.statistics);
  return diff;
}

}  // namespace weightsieve
