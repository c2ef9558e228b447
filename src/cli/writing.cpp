#include "cli/writing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/messages.hpp"
#include "cli/values.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::string_view kBelowBound =
    "; the bound takes values as independent, and those that repeat or have regular lower bits take less";

/// The level at which zstd still needs little memory a thread.
constexpr std::uint64_t kMostLevel = 19;

Encoding parse_encoding(const std::string& text) {
  const auto encoding = encoding_from_name(text);
  if (!encoding) throw Error(ErrorCode::usage, fmt::format("'{}' is none of dense, zst, packed", text));
  return *encoding;
}

bool is_empty(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::directory_iterator(folder, ignored) == std::filesystem::directory_iterator();
}

}  // namespace

void add_encoding_options(OptionTable& table, WriteRequest& request) {
  table.value(
      "encoding", "NAME", [&](const auto& text) { request.options.encoding = parse_encoding(text); },
      fmt::format("dense (loads anywhere), zst (the stock zstd -d restores dense) or packed (the smallest); "
                  "default {}",
                  to_string(request.options.encoding)));
  table.value(
      "level", "N",
      [&](const auto& text) {
        request.options.level = static_cast<int>(parse_whole(text, 1, kMostLevel));
        request.level_is_set = true;
      },
      "of zst: 1 (fast) to 19 (small), default 3");
}

void add_timing_option(OptionTable& table, WriteRequest& request) {
  table.flag("timing", request.options.time_restoring,
             "tell the time to write, and to read it back and decode it");
}

void add_resume_option(OptionTable& table, WriteRequest& request) {
  table.flag("resume", request.resume, "go on with an unfinished run of the same input and options");
}

void say_entropy_bound(const WriteResult& result) {
  if (!result.entropy_bound) return;
  const double ratio = static_cast<double>(result.written_bytes) / std::max(*result.entropy_bound, 1.0);
  say(
      fmt::format("{}: entropy bound {} (mask, upper 16 bits of what is kept, lower bits raw; by chunk); {} "
                  "takes {:.4f} × that{}",
                  result.folder, binary_size(static_cast<std::uint64_t>(*result.entropy_bound)),
                  to_string(result.encoding), ratio, ratio < 1 ? kBelowBound : ""));
}

void warn_of_others(const WriteRequest& request, const std::string& folder) {
  if (request.joins_others)
    say(fmt::format("warning: {}: was not empty; what was there stays, beside what is written", folder));
}

std::string take_folder(CommonOptions& common, WriteRequest& request) {
  if (common.paths.size() != 1)
    throw Error(ErrorCode::usage, "several PATHs are given; a checkpoint is written from one at a time");
  if (common.output.targets.size() != 1 || common.output.targets.front() == "-")
    throw Error(ErrorCode::usage, "-o DIR is missing, the one folder to write into");
  if (request.level_is_set && request.options.encoding != Encoding::zst)
    throw Error(ErrorCode::usage, fmt::format("--level is of --encoding zst, and {} is to be written",
                                              to_string(request.options.encoding)));
  std::string folder = common.output.targets.front();
  common.output.targets.clear();
  const bool force = common.output.overwrite == Overwrite::replace;
  if (request.resume && force) throw Error(ErrorCode::usage, "--resume contradicts --force");
  if (force) request.options.existing = Leftover::discard;
  request.joins_others = !force && !request.resume && !common.quiet && !is_empty(folder);
  request.options.entropy_bound = common.verbose;
  if (request.resume) request.options.existing = Leftover::resume;
  return folder;
}

}  // namespace weightsieve::cli
