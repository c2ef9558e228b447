#include "format/onnx_external.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "weightsieve/base/checked.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

namespace fs = std::filesystem;

// What writers leave between tensors, and behind the last, so that each can be mapped.
constexpr std::uint64_t kMostPadding = std::uint64_t{64} << 10;

/// Calls visit(end) for where each part of the location ends, until it answers false.
template <class Visit>
bool each_part(std::string_view location, Visit&& visit) {
  for (std::size_t begin = 0; begin <= location.size();) {
    const std::size_t end = std::min(location.find('/', begin), location.size());
    if (!visit(begin, end)) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

const char* location_fault(std::string_view location) noexcept {
  if (location.empty()) return "is empty";
  if (location.front() == '/') return "is an absolute path";
  if (location.find('\\') != std::string_view::npos) return "has a backslash";
  if (location.find('\0') != std::string_view::npos) return "has a NUL";
  if (location.size() > 1 && location[1] == ':') return "names a drive";
  const bool is_plain = each_part(location, [&](std::size_t begin, std::size_t end) {
    const std::string_view part = location.substr(begin, end - begin);
    return !part.empty() && part != "." && part != "..";
  });
  return is_plain ? nullptr : "has a part that is empty, . or ..";
}

OnnxExternalFiles::OnnxExternalFiles(FileReading& reading, ContentBuilder& builder)
    : reading_(reading), builder_(builder), path_(reading.source->path()) {
  folder_ = path_.substr(0, path_.find_last_of('/') + 1);
}

std::uint32_t OnnxExternalFiles::locate(const OnnxTensor& tensor) {
  const File& file = file_of(tensor);
  const std::uint64_t begin = tensor.external.offset_bytes;
  if (begin > file.bytes || tensor.bytes > file.bytes - begin)
    fail(rules::kOnnxExternalRange, tensor,
         fmt::format("{} bytes from {} on reach past the end of {}, which has {}", grouped(tensor.bytes),
                     grouped(begin), in_quotes(tensor.external.location), grouped(file.bytes)));
  if (tensor.bytes > 0) ranges_.push_back({file.stretch, begin, begin + tensor.bytes, tensor.external.at});
  return file.stretch;
}

const OnnxExternalFiles::File& OnnxExternalFiles::file_of(const OnnxTensor& tensor) {
  const auto known = files_.find(tensor.external.location);
  if (known != files_.end()) return known->second;
  return files_.emplace(tensor.external.location, open(tensor)).first->second;
}

OnnxExternalFiles::File OnnxExternalFiles::open(const OnnxTensor& tensor) {
  const std::string& location = tensor.external.location;
  if (const char* const fault = location_fault(location))
    fail(rules::kOnnxExternalPath, tensor,
         fmt::format("the location {} {}; must lead to a file below the model's folder", in_quotes(location),
                     fault));
  each_part(location, [&](std::size_t, std::size_t end) {
    std::error_code ignored;
    const std::string part = folder_ + location.substr(0, end);
    if (fs::is_symlink(fs::symlink_status(part, ignored)))
      fail(rules::kOnnxExternalPath, tensor,
           fmt::format(
               "the location {} leads over {}, a symbolic link; put the file that it leads to in its place",
               in_quotes(location), in_quotes(location.substr(0, end))));
    return true;
  });
  const std::string path = folder_ + location;
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(path, ignored)))
    fail(rules::kOnnxExternalFile, tensor,
         fmt::format("its data are in {}, which is missing", in_quotes(location)));
  const auto source = open_source(path, reading_.options.io);
  const FileIdentity& identity = source->identity();
  const FileIdentity& model = reading_.source->identity();
  if (identity.device == model.device && identity.inode == model.inode)
    fail(rules::kOnnxExternalFile, tensor,
         fmt::format("its data are in {}, the model itself", in_quotes(location)));
  if (identity.links > 1)
    reading_.problems.warn(rules::kOnnxExternalLink, path_, tensor.external.at,
                           fmt::format("{} has {} names (hard links): it may be a file of somewhere else",
                                       in_quotes(location), identity.links));
  CheckpointFile entry;
  entry.name = location;
  entry.path = path;
  entry.identity = identity;
  reading_.other_files.push_back(std::move(entry));
  file_bytes_ += source->size();
  const std::uint32_t number = builder_.add_file({path, identity});
  return {builder_.add_stretch({0, source->size(), std::nullopt, number}), path, source->size()};
}

void OnnxExternalFiles::charge(const OnnxTensor& tensor, std::uint64_t bytes) {
  constexpr std::uint64_t base_bytes = std::uint64_t{1} << 30;
  constexpr std::uint64_t most_times = 16;
  const auto all = checked_add(content_bytes_, bytes);
  const auto most = checked_mul(file_bytes_, most_times);
  if (!all || (*all > base_bytes && most && *all > *most))
    fail(rules::kOnnxRepeat, tensor,
         fmt::format("with this tensor, tensors of {} bytes are made of external files of {}",
                     all ? grouped(*all) : "more than 2^64", grouped(file_bytes_)));
  content_bytes_ = *all;
}

void OnnxExternalFiles::check_ranges() {
  std::ranges::sort(ranges_, {}, [](const Range& r) { return std::tuple(r.stretch, r.begin, r.end, r.at); });
  auto first = ranges_.begin();
  std::map<std::uint32_t, const File*> files;
  for (const auto& [location, file] : files_)
    files.emplace(file.stretch, &file);
  for (const auto& file : files) {
    const auto last =
        std::find_if(first, ranges_.end(), [&](const Range& r) { return r.stretch != file.first; });
    check_file(*file.second, {first, last});
    first = last;
  }
}

void OnnxExternalFiles::check_file(const File& file, std::span<const Range> ranges) {
  std::uint64_t end = 0;
  const Range* before = nullptr;
  for (const Range& range : ranges) {
    const bool is_same = before != nullptr && before->begin == range.begin && before->end == range.end;
    if (range.begin < end && !is_same)
      reading_.problems.warn(
          rules::kOnnxOverlap, path_, range.at,
          "two tensors share bytes of their external file, and are not the same; they count twice");
    note_unused(file, end, range.begin);
    end = std::max(end, range.end);
    before = &range;
  }
  note_unused(file, end, file.bytes);
}

void OnnxExternalFiles::note_unused(const File& file, std::uint64_t begin, std::uint64_t end) {
  if (end <= begin || end - begin <= kMostPadding) return;
  reading_.problems.observe(
      rules::kUnusedBytes, file.path, begin,
      fmt::format("{} bytes of external data belong to no tensor", grouped(end - begin)));
}

void OnnxExternalFiles::fail(const Rule& rule, const OnnxTensor& tensor, const std::string& message) const {
  reject(rule, path_, tensor.external.at, message, tensor.name);
}

}  // namespace weightsieve::format
