#include "ops/run_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>

#include "ops/open_input.hpp"
#include "ops/profile_journal_file.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/io/sha256.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSampleBytes = 256;
constexpr std::uint64_t kIndexBytes = std::uint64_t{1} << 20;

std::string digest(const std::string& text) { return sha256_of(std::as_bytes(std::span(text))); }

/// Samples of the content, file by file.
class Sampler {
 public:
  Sampler(const Checkpoint& checkpoint, SourcePool& files, IoMode io)
      : checkpoint_(checkpoint), files_(files), io_(io) {}

  std::string sample() {
    std::size_t tensor = 0;
    for (std::size_t i = 0; i < checkpoint_.files.size(); ++i) {
      const CheckpointFile& file = checkpoint_.files[i];
      const auto source = file.encoding.empty() ? files_.open(i) : open_source(file.path, io_);
      const auto cursor = source->cursor();
      if (!file.encoding.empty()) add_end(*source, *cursor);
      for (; tensor < checkpoint_.tensors.size() && checkpoint_.tensors[tensor].file == i; ++tensor)
        if (file.encoding.empty()) add_middle(*source, *cursor, checkpoint_.tensors[tensor]);
    }
    return digest_.finish();
  }

 private:
  void add_end(const Source& source, Cursor& cursor) {
    const std::uint64_t length = std::min(kIndexBytes, source.size());
    digest_.add(cursor.view(source.size() - length, static_cast<std::size_t>(length)));
  }

  void add_middle(const Source& source, Cursor& cursor, const TensorInfo& tensor) {
    const std::uint64_t length = std::min(kSampleBytes, tensor.bytes);
    const std::uint64_t begin = tensor.offset_bytes + (tensor.bytes - length) / 2;
    if (length == 0 || begin + length > source.size()) return;
    digest_.add(cursor.view(begin, static_cast<std::size_t>(length)));
  }

  const Checkpoint& checkpoint_;
  SourcePool& files_;
  IoMode io_;
  Sha256 digest_;
};

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  throw Error(ErrorCode::unwritable, message, {.file = path});
}

void require_listed(const std::string& folder, const Manifest& manifest) {
  for (const ManifestFile& file : manifest.files) {
    const std::string path = (fs::path(folder) / file.name).string();
    std::error_code error;
    if (fs::file_size(path, error) != file.bytes || error)
      refuse(path, fmt::format("is not as the {} of a finished run lists it; write all again with --force",
                               kManifestName));
  }
}

void require_older(const std::string& folder, const Checkpoint& checkpoint, const FileIdentity& manifest) {
  for (const CheckpointFile& file : checkpoint.files)
    if (file.identity.modified_ns > manifest.modified_ns)
      refuse(folder, fmt::format("holds a finished run, but its input {} was written to since; write again "
                                 "with --force",
                                 file.path));
}

}  // namespace

Hash128 identify_run(const Checkpoint& checkpoint, SourcePool& files, const std::string& options, IoMode io) {
  std::string text = digest(options);
  for (const CheckpointFile& file : checkpoint.files)
    text = digest(fmt::format("{} {} {}", text, file.content_name, file.content_bytes));
  for (const TensorInfo& tensor : checkpoint.tensors)
    text = digest(fmt::format("{} {} {} {} {}", text, tensor.name, dtype_info(tensor.dtype).name,
                              to_string(tensor.shape), tensor.offset_bytes));
  text = digest(text + Sampler(checkpoint, files, io).sample());
  Hash128 run{};
  std::from_chars(text.data(), text.data() + 16, run[1], 16);
  std::from_chars(text.data() + 16, text.data() + 32, run[0], 16);
  return run;
}

std::string key_of_files(const Checkpoint& checkpoint) {
  std::string key;
  for (const CheckpointFile& file : checkpoint.files)
    key += fmt::format("{} {} {}\n", absolute_path(file.path), file.identity.size_bytes,
                       file.identity.modified_ns);
  return key;
}

std::string journal_line(const Checkpoint& checkpoint, const Hash128& run) {
  return fmt::format("weightsieve.journal/1 {} {}", to_hex(run), digest(key_of_files(checkpoint)));
}

std::optional<WriteResult> find_finished(const std::string& folder, const Checkpoint& checkpoint,
                                         Encoding encoding, const Hash128& run) {
  const std::string path = (fs::path(folder) / kManifestName).string();
  std::error_code ignored;
  const bool unfinished = fs::exists(fs::symlink_status(fs::path(folder) / kJournalName, ignored));
  if (unfinished || !fs::is_regular_file(path, ignored)) return std::nullopt;
  const auto source = open_source(path, IoMode::automatic);
  std::optional<Manifest> manifest;
  try {
    manifest = read_manifest(*source);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    refuse(path, "is there already, and is no manifest of a run to go on with: " + error.message());
  }
  if (manifest->run != run || manifest->encoding != encoding)
    refuse(folder,
           "holds a finished run of another input or with other options; choose another folder, or "
           "replace it with --force");
  require_listed(folder, *manifest);
  require_older(folder, checkpoint, source->identity());
  WriteResult result{checkpoint.name, folder, encoding, run, 0, 0, std::move(manifest->files), true};
  for (const ManifestFile& file : result.files) {
    if (file.content_name.empty()) continue;
    result.content_bytes += file.content_bytes;
    result.written_bytes += file.bytes;
  }
  return result;
}

}  // namespace weightsieve
