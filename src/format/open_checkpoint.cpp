#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "format/decoded_file.hpp"
#include "format/format_reader.hpp"
#include "format/known_formats.hpp"
#include "format/problem_log.hpp"
#include "format/shard_files.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {
namespace {

namespace fs = std::filesystem;
using namespace format;

Checkpoint open_file(const std::string& path, const OpenOptions& options) {
  const FormatReader& reader = recognise(*open_decoded(path, options.io).source);
  const std::string name = fs::path(path).filename().string();
  Checkpoint checkpoint = reader.open({path.substr(0, path.size() - name.size()), {name}}, options);
  if (checkpoint.name.empty()) checkpoint.name = reader.checkpoint_name(name);
  return checkpoint;
}

/// Names of everything in the folder but folders, sorted.
std::vector<std::string> list_folder(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(path, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    std::error_code ignored;
    if (!it->is_directory(ignored)) names.push_back(it->path().filename().string());
  }
  if (error) {
    throw Error(ErrorCode::unreadable, "cannot be listed: " + error.message(), {.file = path});
  }
  std::ranges::sort(names);
  return names;
}

[[noreturn]] void reject_folder(const std::string& path, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (const std::string_view known = known_ending(name); !known.empty()) {
      reject(rules::kFormatUnsupported, path, std::nullopt,
             fmt::format("is a folder with {}, by its name {}, which is not supported yet", in_quotes(name),
                         known));
    }
  }
  reject(rules::kNoCheckpoint, path, std::nullopt,
         "is a folder without a checkpoint; looked for *.safetensors and PyTorch files (*.bin, *.pt, *.pth, "
         "*.ckpt) and their indices, *.gguf, *.npz, *.npy, *.onnx, .metadata and *.distcp");
}

[[noreturn]] void refuse_choice(const std::string& path, const std::vector<std::vector<std::string>>& sets) {
  std::string list;
  for (const auto& set : sets)
    list +=
        fmt::format("{}{}{}", list.empty() ? "" : ", ", in_quotes(set.front()), set.size() > 1 ? " …" : "");
  throw Error(ErrorCode::usage,
              fmt::format("the folder holds {} checkpoints: {}; name the file of one", sets.size(), list),
              {.file = path});
}

std::string folder_name(const std::string& path) {
  std::error_code ignored;
  return fs::canonical(path, ignored).filename().string();
}

Checkpoint open_folder(const std::string& path, const OpenOptions& options) {
  const std::vector<std::string> names = list_folder(path);
  for (const FormatReader* reader : format_readers()) {
    const auto sets = reader->find(names);
    if (sets.empty()) continue;
    if (sets.size() > 1) refuse_choice(path, sets);
    const Candidate candidate{path.ends_with('/') ? path : path + '/', sets.front(), true};
    if (options.strict) refuse_symlinks(candidate);
    Checkpoint checkpoint = reader->open(candidate, options);
    checkpoint.name = folder_name(path);
    return checkpoint;
  }
  reject_folder(path, names);
}

}  // namespace

Checkpoint open_checkpoint(const std::string& path, const OpenOptions& options) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? open_folder(path, options) : open_file(path, options);
}

}  // namespace weightsieve
