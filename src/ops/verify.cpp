#include "weightsieve/ops/verify.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

#include "ops/crew_of.hpp"
#include "ops/manifest_check.hpp"
#include "ops/name_patterns.hpp"
#include "ops/open_alike.hpp"
#include "ops/open_input.hpp"
#include "ops/verify_job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/format/rules.hpp"
#include "weightsieve/format/scan.hpp"

namespace weightsieve {
namespace {

VerifyFinding finding(const Problem& problem) {
  return {problem.message,
          {.file = problem.file, .offset_bytes = problem.offset_bytes, .tensor = {}, .rule = problem.rule}};
}

/// Those that nothing else reads: the bytes of a dense file pass by when its SHA-256 is taken.
std::vector<const TensorInfo*> tensors_to_read(const Checkpoint& checkpoint, const NamePatterns& names,
                                               const ManifestCheck* hashed) {
  std::vector<const TensorInfo*> tensors;
  for (const TensorInfo& tensor : checkpoint.tensors) {
    const CheckpointFile& file = checkpoint.files[tensor.file];
    const bool passes_by = hashed != nullptr && file.encoding.empty() && hashed->lists(file.path);
    if (names.keep(tensor.name) && !passes_by) tensors.push_back(&tensor);
  }
  return tensors;
}

void read_data(OpenedInput* input, std::span<const TensorInfo* const> tensors, ManifestCheck* to_hash,
               const RunControl& control, std::vector<VerifyFinding>& errors) {
  std::uint64_t bytes = to_hash != nullptr ? to_hash->bytes() : 0;
  for (const TensorInfo* const tensor : tensors)
    bytes += tensor->bytes;
  const Crew crew = crew_of(control);
  ProgressMeter progress(control.progress, bytes, "reading");
  VerifyJob job(input != nullptr ? &input->checkpoint : nullptr, input != nullptr ? &input->files : nullptr,
                tensors, to_hash, crew, errors);
  run_job(job, crew, 2 * std::size_t{crew.threads}, progress);
  if (input != nullptr) together(control.team, [&] { input->files.check_unchanged(); });
}

std::string encodings_of(const Checkpoint& checkpoint) {
  std::string text;
  for (const std::string_view encoding : {"packed", "zst"})
    if (std::ranges::find(checkpoint.files, encoding, &CheckpointFile::encoding) != checkpoint.files.end())
      text += (text.empty() ? "" : ", ") + std::string(encoding);
  return text;
}

Verification described(const Checkpoint& checkpoint, const NamePatterns& names) {
  Verification result;
  result.name = checkpoint.name;
  result.format = checkpoint.format;
  result.encoding = encodings_of(checkpoint);
  result.files = checkpoint.files.size();
  for (const TensorInfo& tensor : checkpoint.tensors) {
    if (!names.keep(tensor.name)) continue;
    ++result.tensors;
    result.bytes += stored_bytes(tensor);
  }
  for (const Problem& problem : checkpoint.problems)
    result.warnings.push_back(finding(problem));
  return result;
}

/// Warnings that whoever distrusts a file wants to see: bytes, members, keys and names of files that nothing
/// of the format accounts for.
constexpr std::array kSuspicious{
    rules::kTrailing.id,      rules::kZipGap.id,          rules::kZipUnchecked.id,    rules::kTorchStray.id,
    rules::kTorchTrailing.id, rules::kGgufTrailing.id,    rules::kNpyTrailing.id,     rules::kNpzStray.id,
    rules::kIndexShadowed.id, rules::kOnnxExternalKey.id, rules::kOnnxExternalLink.id};

bool is_suspicious(const VerifyFinding& warning) {
  return std::ranges::find(kSuspicious, warning.place.rule) != kSuspicious.end();
}

/// PT-GLOBAL is said name by name among the observations.
void gather_security(const Checkpoint* checkpoint, IoMode io, Verification& result) {
  std::vector<VerifyFinding>& found = result.security.emplace();
  if (checkpoint == nullptr) return;
  for (const Problem& observation : checkpoint->observations)
    found.push_back(finding(observation));
  for (const Problem& problem : scan_checkpoint(*checkpoint, io))
    found.push_back(finding(problem));
  std::ranges::copy_if(result.warnings, std::back_inserter(found), is_suspicious);
  std::erase_if(result.warnings, [](const VerifyFinding& warning) {
    return is_suspicious(warning) || warning.place.rule == rules::kTorchGlobal.id;
  });
}

Verification refused(const std::string& path, const Error& error) {
  Verification result;
  result.name = std::filesystem::path(path).filename().string();
  result.errors.push_back({error.message(), error.place()});
  return result;
}

/// Opening under strict ends at the first problem. Where that is no reason to refuse otherwise, all are
/// named.
Verification refused_strictly(const std::string& path, const NamePatterns& names, const RunControl& control,
                              const Error& error) {
  try {
    Verification result = described(open_input(path, {.io = control.io}), names);
    result.errors = std::exchange(result.warnings, {});
    const bool known = std::any_of(result.errors.begin(), result.errors.end(), [&](const VerifyFinding& one) {
      return one.place.rule == error.place().rule;
    });
    if (!known) result.errors.push_back({error.message(), error.place()});
    return result;
  } catch (const Error& other) {
    if (other.code() != ErrorCode::malformed) throw;
    return refused(path, error);
  }
}

void append(std::vector<VerifyFinding>& all, const std::vector<VerifyFinding>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// The checkpoint, unless it is malformed; then `result` says why.
std::unique_ptr<OpenedInput> opened(const std::string& path, const NameFilter& filter,
                                    const NamePatterns& names, const RunControl& control,
                                    Verification& result) {
  try {
    auto input = open_input_alike(path, control);
    result = described(input->checkpoint, names);
    require_match(filter, result.tensors, path);
    return input;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    result = control.strict ? refused_strictly(path, names, control, error) : refused(path, error);
    return nullptr;
  }
}

}  // namespace

Verification verify_checkpoint(const std::string& path, const VerifyOptions& options,
                               const NameFilter& filter, const RunControl& control) {
  const NamePatterns names(filter);
  Verification result;
  const auto input = opened(path, filter, names, control, result);
  const Checkpoint* const checkpoint = input ? &input->checkpoint : nullptr;
  if (options.security) gather_security(checkpoint, control.io, result);
  ManifestCheck manifest(path, checkpoint, control.io);
  if (crew_of(control).is_first()) manifest.compare_names();
  const bool is_whole = filter.include.empty() && filter.exclude.empty();
  const bool hashes = manifest.is_there() && is_whole && !options.headers_only;
  ManifestCheck* const to_hash = hashes ? &manifest : nullptr;
  result.data_read = checkpoint != nullptr && !options.headers_only;
  if (result.data_read) {
    read_data(&*input, tensors_to_read(*checkpoint, names, to_hash), to_hash, control, result.errors);
  } else if (hashes) {
    read_data(nullptr, {}, to_hash, control, result.errors);
  }
  append(result.errors, manifest.errors());
  append(control.strict ? result.errors : result.warnings, manifest.warnings());
  if (manifest.is_there()) result.manifest = ManifestVerdict{manifest.files(), hashes};
  return result;
}

}  // namespace weightsieve
