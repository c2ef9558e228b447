#include "ops/compare_values.hpp"

#include <map>
#include <set>

#include "ops/compare_job.hpp"
#include "ops/crew_of.hpp"
#include "ops/fingerprint_job.hpp"

namespace weightsieve {
namespace {

/// Tensors of one checkpoint that are to be fingerprinted, and their fingerprints afterwards.
struct Fingerprinted {
  std::vector<const TensorInfo*> tensors;
  std::vector<std::string> digests;

  void add(const TensorInfo& tensor) { tensors.push_back(&tensor); }
};

using Kind = std::pair<Dtype, Shape>;

std::set<Kind> kinds_of(const std::vector<TensorProfile>& tensors, const std::vector<std::size_t>& places) {
  std::set<Kind> kinds;
  for (const std::size_t place : places)
    kinds.emplace(tensors[place].info.dtype, tensors[place].info.shape);
  return kinds;
}

/// One run over two checkpoints: which tensors belong together, then what their values say.
class CompareRun {
 public:
  CompareRun(ProfileDiff& diff, SourcePool& files_a, SourcePool& files_b, const RunControl& control)
      : diff_(diff), files_a_(files_a), files_b_(files_b), control_(control), crew_(crew_of(control)) {
    context_.options.intervals.clear();
    plan_pairs();
    plan_fingerprints();
  }

  void run() {
    ProgressMeter progress(control_.progress, bytes_to_read(), "comparing");
    for (auto [files, prints] : {std::pair(&files_a_, &prints_a_), std::pair(&files_b_, &prints_b_)})
      prints->digests = take_fingerprints(*files, prints->tensors, crew_, progress);
    if (crew_.is_first()) use_fingerprints();
    compare_pairs(progress);
  }

 private:
  void plan_pairs() {
    const std::vector<bool> repeats = tied_repeats(diff_.a.tensors, diff_.a.tied);
    std::uint64_t values = 0;
    bool wide = false;
    for (TensorPair& pair : diff_.pairs) {
      TensorProfile& a = diff_.a.tensors[pair.a];
      TensorProfile& b = diff_.b.tensors[pair.b];
      if (a.info.shape != b.info.shape || !is_comparable(a.info.dtype, b.info.dtype)) continue;
      TensorTask task{a.info.dtype, a.info.elements, sample_stream(a.info.name), std::nullopt};
      if (a.info.role == Role::parameter && !repeats[pair.a]) {
        task.total_first = values;
        values += task.values();
        wide = wide || !is_coded(a.info.dtype) || !is_coded(b.info.dtype);
      }
      TensorTask other = task;
      other.dtype = b.info.dtype;
      pairs_.push_back(
          {&pair, {&a, task}, {&b, other}, {a.info.dtype, b.info.dtype, diff_.tolerance.value_or(0)}});
    }
    const StatsOptions& options = context_.options;
    if (!wide) return;
    const std::uint64_t sample = values <= kSmallElements ? values : options.sample;
    context_.total_sample.emplace(options.seed, sample_stream(""), values, sample);
  }

  /// Tensors that may have been renamed, and those whose bytes are all that can be compared.
  void plan_fingerprints() {
    const auto kinds_a = kinds_of(diff_.a.tensors, diff_.removed);
    const auto kinds_b = kinds_of(diff_.b.tensors, diff_.added);
    const auto add = [](const TensorInfo& tensor, const std::set<Kind>& others, Fingerprinted& prints) {
      if (others.contains({tensor.dtype, tensor.shape})) prints.add(tensor);
    };
    for (const std::size_t place : diff_.removed)
      add(diff_.a.tensors[place].info, kinds_b, prints_a_);
    for (const std::size_t place : diff_.added)
      add(diff_.b.tensors[place].info, kinds_a, prints_b_);
    for (const TensorPair& pair : diff_.pairs) {
      if (!bytes_alone(pair)) continue;
      prints_a_.add(diff_.info_a(pair));
      prints_b_.add(diff_.info_b(pair));
    }
  }

  bool bytes_alone(const TensorPair& pair) const {
    const TensorInfo& a = diff_.info_a(pair);
    return !has_values(a.dtype) && same_kind(a, diff_.info_b(pair));
  }

  std::uint64_t bytes_to_read() const {
    std::uint64_t bytes = 0;
    for (const ComparedPair& pair : pairs_)
      bytes += pair.a.profile->info.bytes + pair.b.profile->info.bytes;
    for (const Fingerprinted* prints : {&prints_a_, &prints_b_})
      for (const TensorInfo* tensor : prints->tensors)
        bytes += tensor->bytes;
    return bytes;
  }

  std::vector<WorkUnit> units_of(const std::vector<std::uint64_t>& sizes) const {
    return plan_units(sizes, kChunkElements, kSmallElements, crew_.planned_threads());
  }

  void use_fingerprints() {
    std::map<const TensorInfo*, std::string> digests;
    for (const Fingerprinted* prints : {&prints_a_, &prints_b_})
      for (std::size_t i = 0; i < prints->tensors.size(); ++i)
        digests.emplace(prints->tensors[i], prints->digests[i]);
    for (TensorPair& pair : diff_.pairs)
      if (bytes_alone(pair)) pair.same_bytes = digests[&diff_.info_a(pair)] == digests[&diff_.info_b(pair)];
    const auto keys_of = [&](const CheckpointProfile& side, const std::vector<std::size_t>& places) {
      std::vector<std::string> keys;
      keys.reserve(places.size());
      for (const std::size_t place : places)
        keys.push_back(key_of(side.tensors[place].info, digests));
      return keys;
    };
    match_renamed(diff_, keys_of(diff_.a, diff_.removed), keys_of(diff_.b, diff_.added));
  }

  static std::string key_of(const TensorInfo& tensor,
                            const std::map<const TensorInfo*, std::string>& digests) {
    const auto digest = digests.find(&tensor);
    if (digest == digests.end()) return {};
    return std::string(dtype_name(tensor)) + to_string(tensor.shape) + digest->second;
  }

  void compare_pairs(ProgressMeter& progress) {
    CompareTotals totals(context_);
    std::vector<std::uint64_t> sizes;
    for (const ComparedPair& pair : pairs_)
      sizes.push_back(pair.a.task.elements);
    CompareJob job(files_a_, files_b_, context_, pairs_, units_of(sizes), totals);
    run_job(job, crew_, std::size_t{crew_.threads} + 1, progress);
    if (crew_.is_first()) finish(totals);
  }

  static ValueDiff total_of(const PairTotals& totals) {
    ValueDiff diff = value_diff(totals.tally, totals.same_dtypes);
    if (diff.greatest) diff.greatest->tensor = totals.greatest_tensor;
    return diff;
  }

  void finish(const CompareTotals& totals) {
    diff_.values_compared = true;
    diff_.parameters = total_of(totals.parameters);
    diff_.buffers = total_of(totals.buffers);
    diff_.ks = distance_of(totals.parameters.tally, totals.a.counted_values(), totals.b.counted_values());
    diff_.a.totals.statistics = std::make_unique<Statistics>(totals.a.finish().statistics);
    diff_.b.totals.statistics = std::make_unique<Statistics>(totals.b.finish().statistics);
  }

  ProfileDiff& diff_;
  SourcePool& files_a_;
  SourcePool& files_b_;
  const RunControl& control_;
  Crew crew_;
  StatsContext context_;
  std::vector<ComparedPair> pairs_;
  Fingerprinted prints_a_, prints_b_;
};

}  // namespace

void compare_values(ProfileDiff& diff, SourcePool& files_a, SourcePool& files_b, const RunControl& control) {
  CompareRun(diff, files_a, files_b, control).run();
}

}  // namespace weightsieve
