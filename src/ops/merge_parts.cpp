// Joins the parts of a profile.

#include <fmt/format.h>

#include <algorithm>

#include "ops/part_file.hpp"
#include "ops/part_measures.hpp"
#include "ops/profile_plan.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/version.hpp"
#include "weightsieve/ops/partial_profile.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  throw Error(ErrorCode::usage, message, {.file = path});
}

void require_same(const PartFile& part, const PartFile& first) {
  const auto differs = [&](std::string_view what) {
    refuse(part.path, fmt::format("is a part of {} than {}", what, first.path));
  };
  if (part.version != version())
    refuse(part.path,
           fmt::format("was made by weightsieve {}, this is {}; one version makes and joins all parts",
                       part.version, version()));
  if (part.part.shares != first.part.shares)
    refuse(part.path, fmt::format("is one of {} parts, {} is one of {}", part.part.shares, first.path,
                                  first.part.shares));
  if (part.checkpoint != first.checkpoint) differs("another checkpoint");
  if (part.options != first.options) differs("a profile with other options");
}

void require_all(const std::vector<std::string>& paths) {
  const auto missing = std::ranges::count(paths, std::string());
  if (missing == 0) return;
  const auto first = std::ranges::find(paths, std::string()) - paths.begin();
  throw Error(
      ErrorCode::usage,
      fmt::format("part {} of {} is missing{}; 'weightsieve profile --part {}/{} -o FILE' makes it", first,
                  paths.size(), missing == 1 ? "" : fmt::format(", and {} more are", missing - 1), first,
                  paths.size()));
}

/// Which path holds which part. Reads every file once; what they hold is read again, part by part.
std::vector<std::string> paths_in_order(const std::vector<std::string>& paths, IoMode io) {
  std::vector<std::string> ordered;
  std::optional<PartFile> first;
  for (const std::string& path : paths) {
    PartFile part = read_part_file(path, io);
    part.measured = {};
    if (!first) {
      first = part;
      ordered.resize(part.part.shares);
    }
    require_same(part, *first);
    std::string& place = ordered[part.part.index];
    if (!place.empty())
      refuse(path, path == place ? std::string("is given twice")
                                 : fmt::format("is part {} of {}, and so is {}", part.part.index,
                                               part.part.shares, place));
    place = path;
  }
  require_all(ordered);
  return ordered;
}

/// So much no checkpoint has; what has more would take too much memory to plan.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 46;

void require_size(const CheckpointProfile& profile) {
  std::uint64_t left = kMostBytes;
  for (const TensorProfile& tensor : profile.tensors) {
    const std::uint64_t bytes = tensor.info.elements / 8 * dtype_info(tensor.info.dtype).bits;
    if (tensor.info.elements > kMostBytes || bytes > left)
      throw Error(ErrorCode::malformed, "lists tensors of more than 64 TiB");
    left -= bytes;
  }
}

CheckpointProfile read_inventory(const PartFile& part) {
  CheckpointProfile profile = read_profile_json(part.inventory, part.path);
  if (profile.options || profile.totals.statistics)
    throw Error(ErrorCode::malformed, "holds a profile where its inventory must be");
  require_size(profile);
  profile.options = options_from_wire(part.options);
  return profile;
}

}  // namespace

CheckpointProfile merge_parts(const std::vector<std::string>& paths, const RunControl& control) {
  if (paths.empty()) throw Error(ErrorCode::usage, "there are no parts to join");
  const std::vector<std::string> ordered = paths_in_order(paths, control.io);
  const auto shares = static_cast<unsigned>(ordered.size());
  std::optional<CheckpointProfile> profile;
  std::optional<ProfilePlan> plan;
  std::optional<PartPlan> parts;
  std::optional<PartJoiner> joiner;
  for (unsigned index = 0; index < shares; ++index) {
    stop_if_cancelled(control.cancel);
    const PartFile part = read_part_file(ordered[index], control.io);
    try {
      if (!joiner) {
        profile = read_inventory(part);
        plan = plan_profile(*profile);
        parts.emplace(*plan, shares);
        joiner.emplace(*profile, *plan, Twins::by_digest);
      }
      WireReader measured(part.measured);
      joiner->join(measured, parts->layout(index));
      if (index + 1 == shares) joiner->finish_totals();
    } catch (const Error& error) {
      throw about_part(error, part.path);
    }
  }
  joiner->finish_findings();
  return std::move(*profile);
}

}  // namespace weightsieve
