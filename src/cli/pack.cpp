// The verbs pack and unpack.
#include <fmt/format.h>

#include "cli/paths.hpp"
#include "cli/values.hpp"
#include "cli/write_report.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/pack.hpp"

namespace weightsieve::cli {
namespace {

/// The level at which zstd still needs little memory a thread.
constexpr std::uint64_t kMostLevel = 19;

/// Takes the one folder that -o names; what is left of the outputs goes to stdout.
std::string take_folder(CommonOptions& common) {
  if (common.paths.size() != 1) throw Error(ErrorCode::usage, "takes one PATH at a time");
  if (common.output.targets.size() != 1 || common.output.targets.front() == "-")
    throw Error(ErrorCode::usage, "needs -o DIR, one folder to write into");
  if (!common.filter.include.empty() || !common.filter.exclude.empty())
    throw Error(ErrorCode::usage, "writes whole checkpoints; --include and --exclude do not apply");
  std::string folder = common.output.targets.front();
  common.output.targets.clear();
  return folder;
}

Leftover existing(const CommonOptions& common, bool resume) {
  const bool force = common.output.overwrite == Overwrite::replace;
  if (resume && force) throw Error(ErrorCode::usage, "--resume contradicts --force");
  if (resume) return Leftover::resume;
  return force ? Leftover::discard : Leftover::refuse;
}

template <class Write>
int run_writer(CommonOptions& common, const Write& write) {
  const std::string folder = take_folder(common);
  Outputs outputs = open_outputs(common);
  return run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    const WriteResult result = write(path, folder, control);
    outputs.write(
        [&](Format format, unsigned, bool, const TextSink& sink) { write_result(result, format, sink); });
    return kDone;
  });
}

}  // namespace

int run_pack(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  WriteOptions options;
  bool resume = false;
  OptionTable table;
  table.group("Pack");
  table.value(
      "encoding", "NAME",
      [&](const auto& text) {
        const auto encoding = encoding_from_name(text);
        if (!encoding) throw Error(ErrorCode::usage, fmt::format("'{}' is none of dense, zst, packed", text));
        options.encoding = *encoding;
      },
      "packed (default, the smallest), zst (the stock zstd -d restores it) or dense");
  table.value(
      "level", "N",
      [&](const auto& text) { options.level = static_cast<int>(parse_whole(text, 1, kMostLevel)); },
      "of zst: 1 (fast) to 19 (small), default 3");
  table.flag("resume", resume, "go on with an unfinished run of the same input and options");
  if (!parse_options(verb, table, arguments, common)) return kDone;
  options.existing = existing(common, resume);
  return run_writer(common,
                    [&](const std::string& path, const std::string& folder, const RunControl& control) {
                      return pack_checkpoint(path, folder, options, control);
                    });
}

int run_unpack(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  bool resume = false;
  OptionTable table;
  table.group("Unpack");
  table.flag("resume", resume, "go on with an unfinished run of the same input");
  if (!parse_options(verb, table, arguments, common)) return kDone;
  const Leftover leftover = existing(common, resume);
  return run_writer(common,
                    [&](const std::string& path, const std::string& folder, const RunControl& control) {
                      return unpack_checkpoint(path, folder, leftover, control);
                    });
}

}  // namespace weightsieve::cli
