#include "ops/manifest_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "ops/file_digests.hpp"
#include "ops/measured_tensor.hpp"
#include "ops/open_input.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/encode/rules.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kZstEnding = ".safetensors.zst";
constexpr std::uint64_t kSchemaWithin = 256;  ///< a manifest of ours names its schema in its first bytes

bool is_regular(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Whether a file's beginning names the schema of manifests, of whatever version.
bool names_schema(const Source& file) {
  const auto cursor = file.cursor();
  const Bytes first = cursor->view(0, static_cast<std::size_t>(std::min(file.size(), kSchemaWithin)));
  const std::string_view text = as_text(first);
  return text.find("\"weightsieve.manifest/") != std::string_view::npos;
}

bool is_shard(const std::string& name) {
  return name.ends_with(".safetensors") || name.ends_with(kZstEnding);
}

bool is_encoded(const Checkpoint* checkpoint) {
  return checkpoint != nullptr &&
         !std::ranges::all_of(checkpoint->files, &std::string::empty, &CheckpointFile::encoding);
}

/// What is wrong with copied files does not concern who restores shards.
void throw_of_shard(const std::vector<VerifyFinding>& errors) {
  for (const VerifyFinding& finding : errors) {
    const bool is_sidecar = !is_shard(finding.place.file) && finding.place.rule == rules::kManifestFile.id;
    if (!is_sidecar) throw Error(ErrorCode::malformed, finding.message, finding.place);
  }
}

}  // namespace

ManifestCheck::ManifestCheck(const std::string& path, const Checkpoint* checkpoint, IoMode io)
    : folder_(folder_of(path)), checkpoint_(checkpoint), io_(io) {
  const std::string at = path_of(std::string(kManifestName));
  if (path == at || !is_regular(at)) return;
  try {
    read(at, is_encoded(checkpoint));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    errors_.push_back({error.message(), error.place()});
  }
  if (manifest_) choose(path);
}

void ManifestCheck::read(const std::string& path, bool must_be_ours) {
  const auto file = open_source(path, io_);
  if (must_be_ours || names_schema(*file)) manifest_ = read_manifest(*file);
}

/// A path that is one of the checkpoint's files, or of those that are listed, stands for that one alone.
void ManifestCheck::choose(const std::string& path) {
  listed_ = manifest_->files;
  const std::string name = folder_.size() > path.size() ? std::string() : path.substr(folder_.size());
  const ManifestFile* const own = entry(name);
  const bool is_index = own != nullptr && own->content_name.empty();
  whole_folder_ = name.empty() || is_index;
  if (!whole_folder_) std::erase_if(listed_, [&](const ManifestFile& file) { return file.name != name; });
}

std::uint64_t ManifestCheck::bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const ManifestFile& file : listed_)
    bytes += file.bytes;
  return bytes;
}

bool ManifestCheck::lists(const std::string& path) const {
  return std::ranges::any_of(listed_, [&](const ManifestFile& file) { return path_of(file.name) == path; });
}

const ManifestFile* ManifestCheck::entry(const std::string& name) const {
  const auto at = std::ranges::find(manifest_->files, name, &ManifestFile::name);
  return at == manifest_->files.end() ? nullptr : &*at;
}

void ManifestCheck::fail(const Rule& rule, const std::string& file, const std::string& message) {
  errors_.push_back({message, {.file = file, .rule = std::string(rule.id)}});
}

void ManifestCheck::compare_names() {
  if (!manifest_) return;
  for (const ManifestFile& file : listed_)
    compare_size(file);
  if (checkpoint_ != nullptr)
    for (const CheckpointFile& file : checkpoint_->files)
      compare_content(file);
  if (whole_folder_) find_unlisted();
}

void ManifestCheck::compare_size(const ManifestFile& file) {
  const std::string path = path_of(file.name);
  std::error_code error;
  if (!is_regular(path))
    return fail(rules::kManifestFile, path, fmt::format("is listed in {} and not there", kManifestName));
  const std::uint64_t bytes = fs::file_size(path, error);
  if (!error && bytes != file.bytes)
    fail(rules::kManifestFile, path,
         fmt::format("has {} bytes; {} lists it with {}", bytes, kManifestName, file.bytes));
}

/// What a shard says itself of its content and run.
void ManifestCheck::compare_content(const CheckpointFile& file) {
  const ManifestFile* const listed = entry(file.name);
  if (listed == nullptr) {
    const std::string message = fmt::format("is not listed in {}", kManifestName);
    if (!whole_folder_)
      warnings_.push_back({message, {.file = file.path, .rule = std::string(rules::kManifestExtra.id)}});
    return;
  }
  if (!listed->content_name.empty() &&
      (listed->content_name != file.content_name || listed->content_bytes != file.content_bytes))
    fail(rules::kManifestFile, file.path,
         fmt::format("stands for {} of {} bytes; {} says {} of {}", file.content_name, file.content_bytes,
                     kManifestName, listed->content_name, listed->content_bytes));
  if (file.encoding != "packed") return;
  const Hash128 run = read_packed_shard(*open_source(file.path, io_)).run;
  if (run != manifest_->run)
    fail(rules::kManifestRun, file.path,
         fmt::format("was written by run {}; {} is of run {}", to_hex(run), kManifestName,
                     to_hex(manifest_->run)));
}

void ManifestCheck::find_unlisted() {
  std::vector<std::string> names;
  std::error_code error;
  const std::string folder = folder_.empty() ? "." : folder_;
  for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
       it.increment(error))
    if (const std::string name = it->path().filename().string(); is_shard(name) && entry(name) == nullptr)
      names.push_back(name);
  std::ranges::sort(names);
  for (const std::string& name : names)
    warnings_.push_back({fmt::format("is not listed in {}", kManifestName),
                         {.file = path_of(name), .rule = std::string(rules::kManifestExtra.id)}});
}

std::optional<std::size_t> ManifestCheck::number_of(const std::string& path) const {
  const auto at =
      std::ranges::find_if(listed_, [&](const ManifestFile& file) { return path_of(file.name) == path; });
  if (at == listed_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - listed_.begin());
}

std::optional<std::string> ManifestCheck::digest(std::size_t number,
                                                 const std::function<void(std::uint64_t)>& step) const {
  const ManifestFile& file = listed_[number];
  const std::string path = path_of(file.name);
  std::error_code error;
  const bool comparable = is_regular(path) && fs::file_size(path, error) == file.bytes && !error;
  if (!comparable) return std::nullopt;
  return sha256_stepwise(*open_source(path, io_), step);
}

void ManifestCheck::compare_digest(std::size_t number, const std::string& found) {
  const ManifestFile& file = listed_[number];
  if (found != file.sha256)
    fail(rules::kManifestFile, path_of(file.name),
         fmt::format("has SHA-256 {}; {} lists it with {}", found, kManifestName, file.sha256));
}

void ManifestCheck::compare_only(const std::function<bool(const ManifestFile&)>& counts) {
  std::erase_if(listed_, [&](const ManifestFile& file) { return !counts(file); });
}

void require_listed_shards(const std::string& path, const Checkpoint& checkpoint, const RunControl& control) {
  ManifestCheck check(path, &checkpoint, control.io);
  check.compare_names();
  throw_of_shard(check.errors());
  check.compare_only([](const ManifestFile& file) { return file.name.ends_with(kZstEnding); });
  ProgressMeter progress(control.progress, check.bytes(), "comparing SHA-256");
  for (std::size_t i = 0; i < check.files(); ++i) {
    const auto found = check.digest(i, [&](std::uint64_t bytes) {
      stop_if_cancelled(control.cancel);
      progress.add(bytes);
    });
    if (found) check.compare_digest(i, *found);
  }
  throw_of_shard(check.errors());
}

}  // namespace weightsieve
