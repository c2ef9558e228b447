#include "ops/sidecars.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "ops/fresh_index.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/encode/manifest.hpp"
#include "weightsieve/io/sha256.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCopyBytes = std::uint64_t{1} << 20;

// As huggingface_hub downloads them beside the weights.
constexpr std::array<std::string_view, 4> kEndings{".json", ".txt", ".model", ".jinja"};
constexpr std::array<std::string_view, 4> kBeginnings{"tokenizer", "README", "LICENSE", "LICENCE"};

/// Those of other formats name files that do not come along.
bool is_foreign_index(std::string_view name) {
  return is_index_name(name) && name.find(".safetensors.index.") == std::string_view::npos;
}

bool is_sidecar(std::string_view name) {
  if (name == kManifestName || name.starts_with('.') || is_foreign_index(name)) return false;
  const bool ends =
      std::ranges::any_of(kEndings, [&](std::string_view ending) { return name.ends_with(ending); });
  return ends || std::ranges::any_of(kBeginnings,
                                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

}  // namespace

std::vector<std::string> find_sidecars(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (is_sidecar(name) && it->is_regular_file(ignored)) names.push_back(name);
  }
  if (error) throw Error(ErrorCode::unreadable, "cannot be listed: " + error.message(), {.file = folder});
  std::ranges::sort(names);
  return names;
}

ManifestFile copy_sidecar(const std::string& path, const std::string& name, OutputFolder& folder,
                          const RunControl& control) {
  const auto source = open_source(path, control.io);
  PartialFile copy = folder.open(name, {});
  const auto cursor = source->cursor();
  Sha256 digest;
  for (std::uint64_t at = 0; at < source->size(); at += kCopyBytes) {
    stop_if_cancelled(control.cancel);
    const Bytes bytes = cursor->view(at, static_cast<std::size_t>(std::min(kCopyBytes, source->size() - at)));
    copy.append(bytes);
    digest.add(bytes);
  }
  source->check_unchanged();
  ManifestFile file{name, source->size(), digest.finish(), {}, 0};
  copy.publish();
  folder.note_finished(file);
  return file;
}

}  // namespace weightsieve
