#include "weightsieve/ops/finished_profile.hpp"

#include <algorithm>
#include <optional>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/io/source.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/ops/saved_profile.hpp"

namespace weightsieve {
namespace {

bool is_same(const StatsOptions& a, const StatsOptions& b) {
  return a.intervals == b.intervals && a.quantiles == b.quantiles && a.quantile_method == b.quantile_method &&
         a.sample == b.sample && a.seed == b.seed && a.bins == b.bins && a.range == b.range;
}

bool is_made_with(const RecordedOptions& options, const StatsOptions& stats, const NameFilter& filter) {
  return is_same(options.stats, stats) && options.include == filter.include &&
         options.exclude == filter.exclude && options.include_optimizer == filter.include_optimizer;
}

bool is_same_file(const ProfiledFile& a, const ProfiledFile& b) {
  return a.name == b.name && a.bytes == b.bytes && a.encoding == b.encoding;
}

bool is_same_tensor(const TensorProfile& a, const TensorProfile& b) {
  const TensorInfo &x = a.info, &y = b.info;
  return x.name == y.name && x.file == y.file && x.dtype == y.dtype && x.blocks == y.blocks &&
         x.shape == y.shape && x.role == y.role;
}

bool is_of(const CheckpointProfile& profile, const CheckpointProfile& inventory) {
  return profile.name == inventory.name && profile.format == inventory.format &&
         std::ranges::equal(profile.files, inventory.files, is_same_file) &&
         std::ranges::equal(profile.tensors, inventory.tensors, is_same_tensor) && profile.skipped.empty() &&
         inventory.skipped.empty();
}

/// The only profile in a file; nothing where that is not what the file holds.
std::optional<CheckpointProfile> only_profile(const std::string& saved, IoMode io) {
  try {
    std::vector<CheckpointProfile> profiles = read_saved_profiles(saved, io);
    if (profiles.size() == 1) return std::move(profiles.front());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
  }
  return std::nullopt;
}

bool is_older(const Checkpoint& checkpoint, const std::string& saved) {
  const std::int64_t written = open_source(saved, IoMode::pread)->identity().modified_ns;
  return std::ranges::all_of(checkpoint.files, [written](const CheckpointFile& file) {
    return file.identity.modified_ns < written;
  });
}

}  // namespace

bool is_finished_profile(const std::string& saved, const std::string& path, const StatsOptions& stats,
                         const NameFilter& filter, const RunControl& control) {
  const std::optional<CheckpointProfile> profile = only_profile(saved, control.io);
  if (!profile || !profile->options || !is_made_with(*profile->options, stats, filter)) return false;
  return is_older(open_checkpoint(path), saved) && is_of(*profile, inspect_checkpoint(path, filter, control));
}

}  // namespace weightsieve
