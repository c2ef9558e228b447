#include "ops/part_measures.hpp"

#include <algorithm>
#include <numeric>

#include "ops/twins.hpp"
#include "ops/zero_job.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/profile/findings.hpp"
#include "weightsieve/stats/wire_statistics.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kDigits = 64;

/// As for so many threads a part: their units are so small that parts differ by a fiftieth.
constexpr unsigned kThreadsPerPart = 6;

std::optional<ZeroPattern> read_pattern(WireReader& in, const TensorInfo& tensor) {
  if (!in.truth()) return std::nullopt;
  const auto scan = ZeroScan::of(tensor.dtype, tensor.shape);
  if (!scan) throw Error(ErrorCode::malformed, "says where zeros stand in what has no rows and columns");
  ZeroPattern pattern = scan->finish();
  pattern.dead_rows = in.count(pattern.rows);
  pattern.dead_columns = in.count(pattern.columns);
  pattern.first_dead_row = in.count(pattern.rows);
  pattern.first_dead_column = in.count(pattern.columns);
  pattern.two_of_four = in.truth();
  return pattern;
}

std::vector<WorkUnit> units_outside(std::vector<WorkUnit> units, const ProfilePlan& plan,
                                    std::span<const PlanStretch> done) {
  if (done.empty()) return units;
  const std::vector<std::uint64_t> sizes = sizes_of(plan.tensors);
  std::vector<WorkUnit> left;
  PlanPosition at;
  const auto add_up_to = [&](const PlanPosition& end) {
    const auto some = units_between(units, sizes, at, end);
    left.insert(left.end(), some.begin(), some.end());
  };
  for (const auto& [begin, end] : done) {
    add_up_to(begin);
    at = end;
  }
  add_up_to({plan.tensors.size(), 0});
  return left;
}

/// Whether the first pass leads to a search of the tensor's own.
bool is_searched(const StatsContext& context, const MeasuredTensor& tensor) {
  return context.options.quantile_method == QuantileChoice::exact && !is_coded(tensor.task.dtype) &&
         !tensor.task.at_once();
}

bool is_wide_and_read_again(const MeasuredTensor& tensor) {
  return !is_coded(tensor.task.dtype) && (!tensor.task.at_once() || tensor.task.total_first);
}

}  // namespace

void write_codes(WireWriter& out, const std::vector<CodeCount>& codes) {
  out.count(codes.size());
  for (const auto& [code, count] : codes) {
    out.count(code);
    out.count(count);
  }
}

std::vector<CodeCount> read_codes(WireReader& in) {
  std::vector<CodeCount> codes(in.length());
  for (CodeCount& each : codes) {
    each.code = static_cast<std::uint16_t>(in.count(UINT16_MAX));
    each.count = in.count();
  }
  return codes;
}

void write_pattern(WireWriter& out, const std::optional<ZeroPattern>& pattern) {
  out.count(pattern ? 1 : 0);
  if (!pattern) return;
  for (const std::uint64_t number : {pattern->dead_rows, pattern->dead_columns, pattern->first_dead_row,
                                     pattern->first_dead_column, std::uint64_t{pattern->two_of_four}})
    out.count(number);
}

PartPlan::PartPlan(const ProfilePlan& plan, unsigned parts) : PartPlan(plan, parts, {}) {}

PartPlan::PartPlan(const ProfilePlan& plan, unsigned parts, std::span<const PlanStretch> done)
    : units_(units_outside(units_of(plan.tensors, kThreadsPerPart * parts), plan, done)),
      work_(work_of(plan.tensors, units_)),
      ranges_(share_units(work_, parts)) {}

std::span<const WorkUnit> PartPlan::units(unsigned part) const {
  return std::span(units_).subspan(ranges_[part].first, ranges_[part].end - ranges_[part].first);
}

std::vector<std::span<const WorkUnit>> PartPlan::stretches(unsigned part) const {
  std::vector<std::span<const WorkUnit>> stretches;
  const std::span<const WorkUnit> all = units(part);
  for (std::size_t first = 0, end = 1; first < all.size(); ++end) {
    if (end < all.size() && end_of(all[end - 1]) == begin_of(all[end])) continue;
    stretches.push_back(all.subspan(first, end - first));
    first = end;
  }
  return stretches;
}

std::uint64_t PartPlan::work(unsigned part) const {
  const auto first = work_.begin() + static_cast<std::ptrdiff_t>(ranges_[part].first);
  const auto end = work_.begin() + static_cast<std::ptrdiff_t>(ranges_[part].end);
  return std::accumulate(first, end, std::uint64_t{0});
}

bool takes_one_pass(const ProfilePlan& plan) {
  return plan.context.options.quantile_method != QuantileChoice::exact ||
         std::ranges::none_of(plan.tensors, is_wide_and_read_again);
}

void write_measures(WireWriter& out, const PartPlace& place, const MeasureState& state,
                    const std::vector<std::optional<ZeroPattern>>& zeros) {
  const auto& [profile, plan, layout] = place;
  if (layout.head) state.head->write(out);
  for (std::size_t i = layout.first_whole; i < layout.end_whole; ++i) {
    const TensorProfile& tensor = *plan.tensors[i].profile;
    write_statistics(out, *tensor.statistics, state.moments[i]);
    write_scales(out, tensor.scales, state.scale_moments[i]);
    if (state.requests[i].digest) out.text(state.digests[i]);
    write_pattern(out, zeros[static_cast<std::size_t>(&tensor - profile.tensors.data())]);
    if (is_searched(plan.context, plan.tensors[i])) write_codes(out, state.codes.at(i));
  }
  state.totals.write_counts(out);
  if (layout.tail) state.tail->write(out);
}

PartJoiner::PartJoiner(CheckpointProfile& profile, const ProfilePlan& plan, Twins twins)
    : profile_(profile),
      plan_(plan),
      twins_(twins),
      totals_(plan.context),
      requests_(trace_requests(profile, plan, {}, twins)),
      repeats_(repeats_of(profile, plan)),
      digests_(profile.tensors.size()),
      zeros_(profile.tensors.size()),
      searches_(plan.tensors.size()) {}

std::size_t PartJoiner::place_of(std::size_t tensor) const {
  return static_cast<std::size_t>(plan_.tensors[tensor].profile - profile_.tensors.data());
}

void PartJoiner::join(WireReader& in, const ShareLayout& layout, bool knows_zeros) {
  if (layout.head) {
    read_open(in, *layout.head);
    close(*layout.head);
  }
  for (std::size_t i = layout.first_whole; i < layout.end_whole; ++i)
    read_whole(in, i, knows_zeros);
  totals_.read_counts(in);
  if (layout.tail) read_open(in, *layout.tail);
  if (!in.is_at_end()) throw Error(ErrorCode::malformed, "holds more than its share of the checkpoint");
}

void PartJoiner::read_open(WireReader& in, std::size_t tensor) {
  if (!open_) {
    TraceRequest request = requests_[tensor];
    request.zeros = zero_scan_of(plan_.tensors[tensor].profile->info, repeats_[tensor]);
    open_.emplace(plan_.context, plan_.tensors[tensor], request);
  }
  open_->read_behind(in);
}

void PartJoiner::close(std::size_t tensor) {
  const MeasuredTensor& measured = plan_.tensors[tensor];
  open_->require_whole();
  FinishedTensor finished = open_->finish();
  TensorResult& values = finished.values;
  if (measured.task.total_first) totals_.add(measured.task, measured.profile->info.name, values);
  const std::size_t place = place_of(tensor);
  digests_[place] = std::move(finished.digest);
  const auto& scan = open_->traces.zeros();
  const bool is_unknown = !scan && zero_scan_of(measured.profile->info, repeats_[tensor]);
  if (is_unknown && twins_ == Twins::by_digest)
    throw Error(ErrorCode::malformed, "does not say where zeros stand as it must");
  if (scan && is_worth_scanning(*scan, measured.task.dtype, values.statistics.counts))
    zeros_[place] = scan->finish();
  searches_[tensor] = std::move(values.search);
  std::move(finished).keep_in(*measured.profile);
  if (is_unknown) look_later(tensor);
  open_.reset();
}

void PartJoiner::look_later(std::size_t tensor) {
  const TensorInfo& info = plan_.tensors[tensor].profile->info;
  const auto& statistics = plan_.tensors[tensor].profile->statistics;
  const auto scan = zero_scan_of(info, repeats_[tensor]);
  if (scan && is_worth_scanning(*scan, info.dtype, statistics->counts)) unknown_.push_back(place_of(tensor));
}

void PartJoiner::read_zeros(WireReader& in, std::size_t place) {
  zeros_[place] = read_pattern(in, profile_.tensors[place].info);
}

void PartJoiner::read_whole(WireReader& in, std::size_t tensor, bool knows_zeros) {
  const MeasuredTensor& measured = plan_.tensors[tensor];
  auto [statistics, moments] = read_statistics(in, plan_.context.options, measured.task.values());
  measured.profile->scales = statistics_of(read_scales(in, plan_.context.options, measured.profile->info));
  if (measured.task.total_first)
    totals_.note(measured.task, measured.profile->info.name, statistics, moments);
  const std::size_t place = place_of(tensor);
  if (requests_[tensor].digest) digests_[place] = in.text();
  if (requests_[tensor].digest && digests_[place].size() != kDigits)
    throw Error(ErrorCode::malformed, "holds a digest that is none");
  zeros_[place] = read_pattern(in, measured.profile->info);
  if (is_searched(plan_.context, measured))
    searches_[tensor] = search_in(plan_.context, measured.task, statistics, read_codes(in));
  measured.profile->statistics = std::make_unique<Statistics>(std::move(statistics));
  if (!knows_zeros) look_later(tensor);
}

const TotalStats& PartJoiner::totals() const {
  totals_.require_whole();
  return totals_;
}

void PartJoiner::finish_totals() {
  auto [statistics, search] = totals().finish();
  if (search) throw Error(ErrorCode::malformed, "holds counts that further passes would have to make exact");
  profile_.totals.statistics = std::make_unique<Statistics>(std::move(statistics));
}

void PartJoiner::finish_findings() {
  const auto twins = split_by_digest(possible_twins(profile_), digests_);
  profile_.findings = find_findings(profile_, twins, zeros_);
}

}  // namespace weightsieve
