#include "weightsieve/ops/verify.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "ops/manifest_check.hpp"
#include "ops/name_patterns.hpp"
#include "ops/open_input.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/format/rules.hpp"

namespace weightsieve {
namespace {

constexpr std::uint64_t kReadElements = std::uint64_t{1} << 20;
constexpr std::size_t kTouchBytes = 4096;

/// Makes a mapped window come in from the disk: one byte a page.
void touch(Bytes window) {
  volatile std::byte sink{};
  for (std::size_t i = 0; i < window.size(); i += kTouchBytes)
    sink = window[i];
  static_cast<void>(sink);
}

/// Says how far a run got, and stops it when asked.
class Meter {
 public:
  Meter(const RunControl& control, std::uint64_t total_bytes)
      : control_(control), progress_{0, total_bytes, "reading"} {}

  void add(std::uint64_t bytes) {
    if (control_.cancel != nullptr && control_.cancel->cancelled())
      throw Error(ErrorCode::cancelled, "stopped");
    progress_.done_bytes += bytes;
    if (control_.progress) control_.progress(progress_);
  }

 private:
  const RunControl& control_;
  Progress progress_;
};

void read_tensor(TensorReader& reader, const TensorInfo& tensor, Meter& meter) {
  for (std::uint64_t first = 0; first < tensor.elements; first += kReadElements) {
    meter.add(0);
    const Bytes window = reader.read(tensor, first, std::min(kReadElements, tensor.elements - first));
    touch(window);
    meter.add(window.size());
  }
}

VerifyFinding finding(const Problem& problem) {
  return {problem.message,
          {.file = problem.file, .offset_bytes = problem.offset_bytes, .tensor = {}, .rule = problem.rule}};
}

/// Reads tensor after tensor; one that is damaged is a finding.
void read_tensors(std::span<const TensorInfo* const> tensors, SourcePool& files, Meter& meter,
                  std::vector<VerifyFinding>& errors) {
  TensorReader reader(files);
  for (const TensorInfo* const tensor : tensors) {
    try {
      read_tensor(reader, *tensor, meter);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::malformed) throw;
      errors.push_back({error.message(), error.place()});
    }
  }
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

/// File by file: what was decoded is hashed while the system still has it in memory. `to_hash`: none where
/// hashes are not compared.
void read_data(const Checkpoint& checkpoint, const NamePatterns& names, ManifestCheck* to_hash,
               const RunControl& control, std::vector<VerifyFinding>& errors) {
  const auto tensors = tensors_to_read(checkpoint, names, to_hash);
  std::uint64_t bytes = to_hash != nullptr ? to_hash->bytes() : 0;
  for (const TensorInfo* const tensor : tensors)
    bytes += tensor->bytes;
  Meter meter(control, bytes);
  SourcePool files = open_files(checkpoint, control.io);
  const auto step = [&](std::uint64_t read) { meter.add(read); };
  auto first = tensors.begin();
  for (std::size_t i = 0; i < checkpoint.files.size(); ++i) {
    const auto end =
        std::find_if(first, tensors.end(), [i](const auto* tensor) { return tensor->file != i; });
    read_tensors({first, end}, files, meter, errors);
    if (to_hash != nullptr) to_hash->compare_hash(checkpoint.files[i].path, step);
    first = end;
  }
  if (to_hash != nullptr) to_hash->compare_hashes(step);
  files.check_unchanged();
}

void compare_hashes(ManifestCheck& manifest, const RunControl& control) {
  Meter meter(control, manifest.bytes());
  manifest.compare_hashes([&](std::uint64_t read) { meter.add(read); });
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

/// Warnings that whoever distrusts a file wants to see: bytes and members that nothing of the format accounts
/// for.
constexpr std::array<std::string_view, 9> kSuspicious{
    rules::kTrailing.id,    rules::kZipGap.id,        rules::kZipUnchecked.id,
    rules::kTorchStray.id,  rules::kTorchTrailing.id, rules::kGgufTrailing.id,
    rules::kNpyTrailing.id, rules::kNpzStray.id,      rules::kIndexShadowed.id};

bool is_suspicious(const VerifyFinding& warning) {
  return std::ranges::find(kSuspicious, warning.place.rule) != kSuspicious.end();
}

/// PT-GLOBAL is said name by name among the observations.
void gather_security(const Checkpoint* checkpoint, Verification& result) {
  std::vector<VerifyFinding>& found = result.security.emplace();
  if (checkpoint == nullptr) return;
  for (const Problem& observation : checkpoint->observations)
    found.push_back(finding(observation));
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
std::optional<Checkpoint> opened(const std::string& path, const NameFilter& filter, const NamePatterns& names,
                                 const RunControl& control, Verification& result) {
  try {
    Checkpoint checkpoint = open_input(path, control);
    result = described(checkpoint, names);
    require_match(filter, result.tensors, path);
    return checkpoint;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    result = control.strict ? refused_strictly(path, names, control, error) : refused(path, error);
    return std::nullopt;
  }
}

}  // namespace

Verification verify_checkpoint(const std::string& path, const VerifyOptions& options,
                               const NameFilter& filter, const RunControl& control) {
  const NamePatterns names(filter);
  Verification result;
  const std::optional<Checkpoint> checkpoint = opened(path, filter, names, control, result);
  if (options.security) gather_security(checkpoint ? &*checkpoint : nullptr, result);
  ManifestCheck manifest(path, checkpoint ? &*checkpoint : nullptr, control.io);
  manifest.compare_names();
  const bool is_whole = filter.include.empty() && filter.exclude.empty();
  const bool hashes = manifest.is_there() && is_whole && !options.headers_only;
  result.data_read = checkpoint && !options.headers_only;
  if (result.data_read) {
    read_data(*checkpoint, names, hashes ? &manifest : nullptr, control, result.errors);
  } else if (hashes) {
    compare_hashes(manifest, control);
  }
  append(result.errors, manifest.errors());
  append(control.strict ? result.errors : result.warnings, manifest.warnings());
  if (manifest.is_there()) result.manifest = ManifestVerdict{manifest.files(), hashes};
  return result;
}

}  // namespace weightsieve
