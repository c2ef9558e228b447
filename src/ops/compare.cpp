#include "weightsieve/ops/compare.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "ops/compare_job.hpp"
#include "ops/crew_of.hpp"
#include "ops/fingerprint_job.hpp"
#include "ops/inventory.hpp"
#include "ops/open_alike.hpp"
#include "ops/open_input.hpp"
#include "ops/run_identity.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/ops/saved_profile.hpp"

namespace weightsieve {
namespace {

/// A checkpoint's inventory, and its files to read from.
struct OpenedCheckpoint {
  OpenedCheckpoint(Checkpoint checkpoint, const NamePatterns& names, const RunControl& control)
      : files(open_files(checkpoint, control.io)) {
    if (control.team != nullptr) identity = identify_run(checkpoint, files, "", control.io);
    profile = take_inventory(std::move(checkpoint), names);
  }

  SourcePool files;
  Hash128 identity{};  ///< for a team
  CheckpointProfile profile;
};

std::unique_ptr<OpenedCheckpoint> open_side(const std::string& path, const NamePatterns& names,
                                            const RunControl& control) {
  std::unique_ptr<OpenedCheckpoint> side;
  open_alike(control.team, path, [&] {
    side = std::make_unique<OpenedCheckpoint>(open_input(path, control), names, control);
    return side->identity;
  });
  return side;
}

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
    compare_values(progress);
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

  void compare_values(ProgressMeter& progress) {
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

ProfileDiff compare_checkpoints(const std::string& path_a, const std::string& path_b,
                                const CompareOptions& options, const NameFilter& filter,
                                const RunControl& control) {
  const NamePatterns names(filter);
  const auto a = open_side(path_a, names, control);
  const auto b = open_side(path_b, names, control);
  ProfileDiff diff = match_tensors(std::move(a->profile), std::move(b->profile));
  diff.tolerance = options.tolerance;
  CompareRun(diff, a->files, b->files, control).run();
  together(control.team, [&] {
    a->files.check_unchanged();
    b->files.check_unchanged();
  });
  return diff;
}

bool is_profile(const std::string& path) {
  std::error_code ignored;
  return !std::filesystem::is_directory(path, ignored) && is_saved_profile(path);
}

CheckpointProfile saved_profile(const std::string& path, const NameFilter& filter,
                                const RunControl& control) {
  std::vector<CheckpointProfile> profiles = read_saved_profiles(path, control.io);
  if (profiles.size() != 1)
    throw Error(ErrorCode::usage, "holds several profiles; one can be compared", {.file = path});
  select_tensors(profiles.front(), filter);
  return std::move(profiles.front());
}

/// What `other`, a saved profile, would say of the checkpoint.
CheckpointProfile profile_like(const CheckpointProfile& other, const std::string& path,
                               const NameFilter& filter, const RunControl& control) {
  if (!other.options) return inspect_checkpoint(path, filter, control);
  return profile_checkpoint(path, other.options->stats, filter, control);
}

ProfileDiff compare_stored(const std::string& path_a, const std::string& path_b, const NameFilter& filter,
                           const RunControl& control) {
  const bool saved_a = is_profile(path_a);
  const bool saved_b = is_profile(path_b);
  CheckpointProfile a, b;
  if (saved_a) a = saved_profile(path_a, filter, control);
  if (saved_b) b = saved_profile(path_b, filter, control);
  if (!saved_a) a = profile_like(b, path_a, filter, control);
  if (!saved_b) b = profile_like(a, path_b, filter, control);
  if (!crew_of(control).is_first()) return {};
  return diff_profiles(std::move(a), std::move(b));
}

}  // namespace

ProfileDiff compare(const std::string& a, const std::string& b, const CompareOptions& options,
                    const NameFilter& filter, const RunControl& control) {
  if (!is_profile(a) && !is_profile(b)) return compare_checkpoints(a, b, options, filter, control);
  if (options.tolerance)
    throw Error(ErrorCode::usage, "a tolerance needs values, and a saved profile has none; give checkpoints");
  return compare_stored(a, b, filter, control);
}

}  // namespace weightsieve
